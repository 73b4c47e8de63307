"""Terms of an advance and what follows from them by arithmetic: periods, schedules, annual rates."""

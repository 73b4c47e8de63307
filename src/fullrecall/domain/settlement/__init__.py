"""What settles an advance on a date: accrual to the day, payoff quotes, rebates by law or contract."""

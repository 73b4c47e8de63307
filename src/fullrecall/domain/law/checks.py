"""The table of checks a pack's rules can name; a check reads every number from its rule, never from code."""

from __future__ import annotations

from fullrecall.domain.law import explaining, furnishing, grounds
from fullrecall.domain.law.cure import cure_run
from fullrecall.domain.law.finding import Ask, Check, Finding, Pass, Stop
from fullrecall.domain.law.pack import Rule


def notice_arrived(rule: Rule, ask: Ask) -> Finding:
    """A demand or declaration has reached the borrower: sending it is not enough."""
    told = ask.view.arrived("demand", "acceleration")
    if told:
        return Pass(f"{told[0].kind} arrived {told[0].arrived_on}", told[0].arrived_on)
    coming = [n.arrived_on for n in ask.view.notices if n.kind in ("demand", "acceleration") and n.arrived_on]
    return Stop(
        "No demand or declaration has arrived; it takes effect on arrival.", min(coming, default=None)
    )


def durable_notice(rule: Rule, ask: Ask) -> Finding:
    if any(notice.durable for notice in ask.view.arrived("demand", "acceleration")):
        return Pass("a notice arrived on a durable medium")
    return Stop("No demand or declaration arrived on a durable medium (an SMS or push alone is not one).")


# Checks that are themselves a ground to call a balance: an acceleration needs at least one of them to pass.
GROUND_CHECKS = {
    "proven_then_cure": grounds.proven_then_cure,
    "overdue_then_cure": grounds.overdue_then_cure,
    "cure_run": cure_run,
    "missed_share_and_deadline": grounds.missed_share_and_deadline,
    "open_ended_notice": grounds.open_ended_notice,
    "right_to_cure": grounds.right_to_cure,
}

# Parameters a check cannot do without; a pack that lacks one is refused when it is read, not when asked.
NEEDED_PARAMS: dict[str, tuple[str, ...]] = {
    "proven_then_cure": ("cure",),
    "overdue_then_cure": ("cure",),
    "cure_run": ("cure",),
    "share_then_cure": ("cure", "share_of_nominal"),
    "missed_share_and_deadline": ("cure", "share_of_nominal", "consecutive_instalments"),
    "open_ended_notice": ("cure",),
    "right_to_cure": ("cure",),
    "ground_listed": ("triggers",),
    "objective_reason": ("triggers",),
    "governing_state": ("states",),
    "not_lapsed": ("lapse",),
    "reasons_owed": ("notice", "exempt_rule"),
    "two_reminders": ("min_written_reminders", "min_since_first"),
    "tell_within": ("latest",),
    "collector_waited": ("wait",),
}

CHECKS: dict[str, Check] = {
    **GROUND_CHECKS,
    "notice_arrived": notice_arrived,
    "durable_notice": durable_notice,
    "violation_proven": grounds.violation_proven,
    "share_then_cure": grounds.share_then_cure,
    "more_than_a_score": grounds.more_than_a_score,
    "ground_listed": grounds.ground_listed,
    "objective_reason": grounds.objective_reason,
    "withdrawal_clause": grounds.withdrawal_clause,
    "acceleration_clause": grounds.acceleration_clause,
    "governing_state": grounds.governing_state,
    "not_lapsed": grounds.not_lapsed,
    "human_path": explaining.human_path,
    "reasons_owed": explaining.reasons_owed,
    "plan_offered": explaining.plan_offered,
    "consent": furnishing.consent,
    "told_before": furnishing.told_before,
    "two_reminders": furnishing.two_reminders,
    "tell_within": furnishing.tell_within,
    "collector_waited": furnishing.collector_waited,
    "annotate_dispute": furnishing.annotate_dispute,
}

"""`fullrecall case`: list, show, approve, deny, withdraw, interrupt, protect; and a gateway's word of
arrival.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from fullrecall.cli.output import DB_DEFAULT, DbOption, JsonOption, console, emit, table, tell
from fullrecall.domain.money import show as show_money
from fullrecall.domain.vocabulary import Mistake, Stage
from fullrecall.use_cases import record_arrival as arrivals
from fullrecall.use_cases import work_case
from fullrecall.use_cases.show_case import list_cases, show_case
from fullrecall.wiring import house

app = typer.Typer(no_args_is_help=True, help="Recall cases: list, show, decide.")

CaseId = Annotated[str, typer.Argument(help="The case's id.")]
By = Annotated[str, typer.Option("--by", help="Who does this: a name or staff id.")]
Why = Annotated[str, typer.Option("--why", help="The reason, as it will stand in the record.")]
OnDay = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day it counts; default today.")
]
Lender = Annotated[Path | None, typer.Option("--lender", help="The lender's settings.")]


@app.callback()
def group() -> None:
    """Recall cases."""


@app.command("list")
def list_(
    db: DbOption = DB_DEFAULT,
    stage: Annotated[str | None, typer.Option("--stage", help="Only this stage.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only cases that wait for approval.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 50,
    json_path: JsonOption = None,
) -> None:
    """Cases by when they want to be visited next."""
    if stage is not None and stage not in list(Stage):
        raise Mistake(f"There is no stage {stage!r}: use one of {', '.join(Stage)}.")
    rows = list_cases(house.open_store(db), stage, waiting, limit)
    console(json_path).print(
        table(
            "Cases 案件",
            ("case", "borrower 借款人", "stage 阶段", "trigger 触发", "opened", "next", "exposure 敞口"),
            [
                (
                    r.case_id,
                    r.borrower_id,
                    r.stage,
                    r.trigger,
                    r.opened_on,
                    r.next_action_on,
                    show_money(r.exposure, r.currency),
                )
                for r in rows
            ],
        )
    )
    emit(json_path, rows)


@app.command("show")
def show(case_id: CaseId, db: DbOption = DB_DEFAULT, json_path: JsonOption = None) -> None:
    """Everything known of one case: facts in order, legal bases, notices with proof, money."""
    shown = show_case(house.open_store(db), case_id)
    out = console(json_path)
    out.print(
        f"Case {shown.case_id}: {shown.stage}, borrower {shown.borrower_id}, lines "
        f"{', '.join(shown.line_ids)}",
        markup=False,
    )
    out.print(
        table("Facts 事实", ("date", "fact", "what"), [(x.effective_on, x.kind, x.text) for x in shown.facts])
    )
    out.print(
        table(
            "Notices 通知",
            ("notice", "channel", "state", "sent", "arrived"),
            [(d.notice, d.channel, d.state, d.sent_at, d.arrived_at) for d in shown.deliveries],
        )
    )
    emit(json_path, shown)


def _day(on: datetime | None) -> date:
    return on.date() if on else house.today()


def _at(on: datetime | None) -> datetime:
    return on.replace(hour=12, tzinfo=UTC) if on else house.now()


@app.command("approve")
def approve(
    case_id: CaseId,
    by: By,
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """Approve the step that waits. Whoever asked for it cannot approve it."""
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    key = house.new_key("approve")
    tell(json_path, work_case.approve_case(store, book, case_id, by=by, today=_day(on), at=_at(on), key=key))


@app.command("deny")
def deny(
    case_id: CaseId,
    by: By,
    why: Why,
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """Deny the step that waits: the case goes on as run-off."""
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    key = house.new_key("deny")
    tell(
        json_path,
        work_case.deny_case(store, book, case_id, by=by, why=why, today=_day(on), at=_at(on), key=key),
    )


@app.command("withdraw")
def withdraw(
    case_id: CaseId,
    by: By,
    why: Why,
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the answer, keep nothing.")] = False,
    json_path: JsonOption = None,
) -> None:
    """Take a case back: freeze, limits and calls are undone."""
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    key = house.new_key("withdraw")
    answer = work_case.withdraw_case(
        store, book, case_id, by=by, why=why, today=_day(on), at=_at(on), key=key, dry_run=dry_run
    )
    tell(json_path, answer)


@app.command("interrupt")
def interrupt(
    case_id: CaseId,
    kind: Annotated[str, typer.Argument(help="dispute, hardship, breathing_space, complaint or suspension.")],
    by: By,
    why: Why,
    until: Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"])] = None,
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """Stop the clocks that the law pack names for this interrupt."""
    if kind not in ("dispute", "hardship", "breathing_space", "complaint", "suspension"):
        raise Mistake(
            f"There is no interrupt {kind!r}: use dispute, hardship, breathing_space, complaint or "
            "suspension."
        )
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    answer = work_case.interrupt_case(
        store, book, case_id, interrupt=kind, by=by, why=why, until=until.date() if until else None,
        today=_day(on), at=_at(on), key=house.new_key("interrupt"),
    )  # fmt: skip
    tell(json_path, answer)


@app.command("resume")
def resume(
    case_id: CaseId,
    kind: str,
    by: By,
    why: Why,
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """End an interrupt; a cure period gets back the days it lost."""
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    answer = work_case.resume_case(
        store,
        book,
        case_id,
        interrupt=kind,
        by=by,
        why=why,
        today=_day(on),
        at=_at(on),
        key=house.new_key("resume"),
    )
    tell(json_path, answer)


@app.command("protect")
def protect(
    case_id: CaseId,
    kind: Annotated[str, typer.Argument(help="deceased, identity_theft, minor or insolvent.")],
    by: By,
    evidence: Annotated[str, typer.Option("--evidence", help="What proves it.")],
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """Stop every demand, call and report against a protected person."""
    if kind not in ("deceased", "identity_theft", "minor", "insolvent"):
        raise Mistake(f"There is no protection {kind!r}: use deceased, identity_theft, minor or insolvent.")
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    answer = work_case.protect_borrower(
        store,
        book,
        case_id,
        protection=kind,
        evidence=evidence,
        by=by,
        today=_day(on),
        at=_at(on),
        key=house.new_key("protect"),
    )
    tell(json_path, answer)


@app.command("arrived")
def arrived(
    delivery_id: Annotated[str, typer.Argument(help="The delivery, as `case show` lists it.")],
    basis: Annotated[
        str, typer.Option("--basis", help="gateway_receipt, delivery_report or read_by_borrower.")
    ] = "delivery_report",
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """Record that a notice arrived; a demand's cure clock starts with it."""
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    tell(
        json_path,
        arrivals.record_arrival(store, book, delivery_id, basis=basis, today=_day(on), arrived_at=_at(on)),
    )

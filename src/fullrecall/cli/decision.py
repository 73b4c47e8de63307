"""`fullrecall decision`: show why it came out so, replay it, and ask whether it still stands."""

from __future__ import annotations

from typing import Annotated

import typer

from fullrecall.cli.output import DB_DEFAULT, EXIT_PROBLEMS, EXIT_REFUSED, DbOption, JsonOption, console, emit
from fullrecall.use_cases.explain_decision import show_decision
from fullrecall.use_cases.replay_decision import decision_stands, replay_decision
from fullrecall.wiring import house

app = typer.Typer(no_args_is_help=True, help="Decisions of a policy: show, replay, stands.")

DecisionId = Annotated[
    str, typer.Argument(metavar="ID", help="LINE:DATE, or LINE:DATE:N for the N-th decision of a day.")
]


@app.callback()
def group() -> None:
    """Decisions of a policy."""


@app.command("show")
def show(decision_id: DecisionId, db: DbOption = DB_DEFAULT, json_path: JsonOption = None) -> None:
    """What went in, which version decided, which rules fired on which values, what would have averted it."""
    store, book = house.open_house(db, policy=None, law_as_of=None)
    shown = show_decision(store, book, decision_id)
    out = console(json_path)
    head = f"{shown.id}: {shown.action} by {shown.policy.name} {shown.policy.version} ({shown.policy.id})"
    out.print(f"{head}, known on {shown.known_at}", markup=False, soft_wrap=True)
    for rule in shown.rules:
        out.print(f"\n{rule.rule} → {rule.action}\n  {rule.zh}\n  {rule.en}", markup=False, soft_wrap=True)
        for value in rule.values:
            known = value.value or "unknown 未知"
            out.print(f"    {value.name} = {known}  ({value.zh} / {value.en})", markup=False, soft_wrap=True)
    for averting in shown.averting:
        out.print(f"\n{averting.rule}: {averting.zh} {averting.en}", markup=False, soft_wrap=True)
    for unknown in shown.unknown:
        columns = ", ".join(unknown.columns)
        out.print(f"\n{unknown.rule}: unknown 未知 ({columns})", markup=False, soft_wrap=True)
    if shown.insufficient:
        out.print(
            f"\nHistory too short 历史不足: {', '.join(shown.insufficient)}", markup=False, soft_wrap=True
        )
    emit(json_path, shown)


@app.command("replay")
def replay(decision_id: DecisionId, db: DbOption = DB_DEFAULT, json_path: JsonOption = None) -> None:
    """Decide again from the stored version and what was known then; exit code 4 when anything differs."""
    store, book = house.open_house(db, policy=None, law_as_of=None)
    done = replay_decision(store, book, decision_id)
    out = console(json_path)
    if done.same:
        out.print(f"{done.id}: the same answer, byte for byte 结果一致 ({done.policy_id})", markup=False)
    for one in done.differences:
        said = f"{done.id}: {one.field} was {one.stored}, replayed {one.replayed}"
        out.print(said, markup=False, soft_wrap=True)
    emit(json_path, done)
    if not done.same:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command("stands")
def stands(decision_id: DecisionId, db: DbOption = DB_DEFAULT, json_path: JsonOption = None) -> None:
    """Ask again with what is known now; exit code 3 when the decision no longer stands."""
    store, book = house.open_house(db, policy=None, law_as_of=None)
    found = decision_stands(store, book, decision_id)
    out = console(json_path)
    out.print(f"{found.id}: {found.zh} {found.en}", markup=False, soft_wrap=True)
    for one in found.learned:
        amount = f" ({one.amount:+})" if one.amount else ""
        out.print(f"  {one.on} {one.what}: {one.detail}{amount}", markup=False, soft_wrap=True)
    for moved in found.moved:
        out.print(f"  {moved.column}: {moved.then} → {moved.now}", markup=False, soft_wrap=True)
    emit(json_path, found)
    if not found.stands:
        raise typer.Exit(EXIT_REFUSED)

"""`fullrecall policy propose|publish|list|shadow`: a policy's way from a file to the live book."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from fullrecall.cli.output import DB_DEFAULT, DbOption, JsonOption, console, emit, table, tell
from fullrecall.domain.money import show as show_money
from fullrecall.domain.vocabulary import Mistake
from fullrecall.use_cases import publish_policy, shadow_policy
from fullrecall.wiring import engines, house
from fullrecall.wiring.rulebook import read_policy

By = Annotated[str, typer.Option("--by", help="Who does this: a name or staff id.")]


def propose(
    file: Annotated[str, typer.Argument(help="A policy file, or a shipped one by name.")],
    by: By,
    spark: Annotated[bool, typer.Option("--spark/--no-spark", help="Ask Spark too, if it is there.")] = True,
    db: DbOption = DB_DEFAULT,
    json_path: JsonOption = None,
) -> None:
    """Keep a policy as a draft, with its evidence: engines, swap set against the live policy, back-test."""
    policy, text = read_policy(file)
    store, live = house.open_live(db)
    asked, missing = engines.installed_engines(db, spark=spark)
    done = publish_policy.propose(
        store, policy, text, live=live, by=by, at=house.now(), key=house.new_key("propose"), engines=asked,
        missing=missing, back_test=engines.back_test(),
    )  # fmt: skip
    out, report = console(json_path), done.report
    out.print(f"Draft 草案 {done.name} {done.version} by {done.author}: {done.id}", markup=False)
    for one in report.agreement.engines:
        said = "agrees 一致" if one.agrees else f"DIFFERS 不一致 ({len(one.differences)} shown)"
        out.print(f"  {one.name}: {said if one.ran else one.why}", markup=False, soft_wrap=True)
        for d in one.differences:
            out.print(f"    {d.line_id} {d.as_of} {d.field}: {d.python} ≠ {d.engine}", markup=False)
    out.print(f"  {report.agreement.rows} rows, {report.agreement.planted} planted", markup=False)
    for change in report.changes:
        out.print(f"  {change}", markup=False, soft_wrap=True)
    if report.swap is None:
        out.print("  swap set: none, there is no live policy or no row", markup=False)
    else:
        _print_swaps(out, report)
    why = report.back_test.get("why", "")
    out.print(f"  back-test 回测: {report.back_test['status']}{': ' + why if why else ''}", soft_wrap=True)
    emit(json_path, done)


def _print_swaps(out: Console, report: publish_policy.Report) -> None:
    swap = report.swap
    assert swap is not None  # noqa: S101
    out.print(f"  swap set: {swap.lines} of {report.book_lines} lines, {swap.same} as before", markup=False)
    for way, (count, exposure) in swap.moved.items():
        out.print(f"    {way}: {count} lines, {show_money(exposure, report.currency)}", markup=False)


def publish(
    policy_id: Annotated[str, typer.Argument(metavar="ID", help="The draft's id, or its beginning.")],
    by: By,
    db: DbOption = DB_DEFAULT,
    json_path: JsonOption = None,
) -> None:
    """Make a draft the live policy. Its author cannot do it; running cases stay on their version."""
    store = house.open_store(db)
    key = house.new_key("publish")
    tell(json_path, publish_policy.publish(store, policy_id, by=by, at=house.now(), key=key))


def list_(db: DbOption = DB_DEFAULT, json_path: JsonOption = None) -> None:
    """Drafts and published versions, newest first, and which one is live or in shadow."""
    store = house.open_store(db)
    shadow = shadow_policy.shadow_draft(store)
    found = publish_policy.list_policies(store, shadow.id if shadow else "")
    cells = [
        (p.id[7:19], p.name, p.version, p.state + (" + shadow" if p.shadow else ""), p.author, p.approved_by)
        for p in found
    ]
    columns = ("id", "policy 策略", "version", "state 状态", "author 提出人", "published by 发布人")
    console(json_path).print(table("Policies 策略", columns, cells))
    emit(json_path, found)


def shadow(
    start: Annotated[
        str, typer.Option("--start", metavar="ID", help="Run this draft beside the live policy from now on.")
    ] = "",
    stop: Annotated[bool, typer.Option("--stop", help="Run nothing beside the live policy.")] = False,
    of: Annotated[
        str, typer.Option("--of", metavar="ID", help="List this draft; default the running one.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 50,
    db: DbOption = DB_DEFAULT,
    json_path: JsonOption = None,
) -> None:
    """Where the candidate would have decided otherwise than the live policy; nothing acts on it."""
    store = house.open_store(db)
    if start and stop:
        raise Mistake("Give --start or --stop, not both.")
    if stop:
        tell(json_path, shadow_policy.stop_shadow(store, at=house.now(), key=house.new_key("shadow")))
        return
    if start:
        draft = publish_policy.find_draft(store.drafts(), start)
        key = house.new_key("shadow")
        tell(json_path, shadow_policy.start_shadow(store, draft.id, at=house.now(), key=key))
        return
    wanted = publish_policy.find_draft(store.drafts(), of) if of else shadow_policy.shadow_draft(store)
    if wanted is None:
        raise Mistake("No policy runs in shadow: start one with `fullrecall policy shadow --start ID`.")
    found = shadow_policy.shadow_differences(store, wanted, limit)
    out = console(json_path)
    moved = ", ".join(f"{way}: {n}" for way, n in found.moved.items()) or "none"
    out.print(
        f"{found.name} {found.version} in shadow: {found.differences} differences ({moved})", markup=False
    )
    cells = [
        (d.line_id, d.as_of, d.live_action, d.shadow_action, ", ".join(d.shadow_fired),
         show_money(d.exposure or 0, d.currency))
        for d in found.shown
    ]  # fmt: skip
    columns = ("line 账户", "day", "live 现行", "shadow 影子", "fired 规则", "exposure 敞口")
    out.print(table("Differences 差异", columns, cells))
    emit(json_path, found)


def register(app: typer.Typer) -> None:
    for name, command in (("propose", propose), ("publish", publish), ("list", list_), ("shadow", shadow)):
        app.command(name)(command)

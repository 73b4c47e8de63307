"""`fullrecall policy`: check, explain, format and diff files; propose, publish, list and shadow versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fullrecall.cli.output import EXIT_MISTAKE, EXIT_PROBLEMS, JsonOption, console, emit
from fullrecall.cli.policy_life import register
from fullrecall.domain.policy import PolicyMistakes, diff, explain_rule, format_policy
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring.rulebook import read_policy

app = typer.Typer(
    no_args_is_help=True, help="Policies: check, explain, format, diff, propose, publish, shadow."
)

File = Annotated[str, typer.Argument(help="A policy file, or a shipped one by name.")]


@app.callback()
def group() -> None:
    """Policies."""


@app.command("check")
def check(file: File, json_path: JsonOption = None) -> None:
    """Name line and column of every mistake; exit code 2 if there is one."""
    out = console(json_path)
    try:
        policy, _ = read_policy(file)
    except PolicyMistakes as found:
        for m in found.mistakes:
            out.print(
                f"{file}:{m.line}:{m.column}: {m.message}{' ' + m.hint if m.hint else ''}", markup=False
            )
        emit(json_path, {"ok": False, "mistakes": list(found.mistakes)})
        raise typer.Exit(EXIT_MISTAKE) from None
    out.print(
        f"{policy.name} version {policy.version} is sound: {len(policy.rules)} rules, {policy.id}",
        markup=False,
    )
    emit(
        json_path,
        {"ok": True, "name": policy.name, "version": policy.version, "id": policy.id, "mistakes": []},
    )


@app.command("explain")
def explain(file: File, json_path: JsonOption = None) -> None:
    """Say each rule in plain Chinese and English."""
    policy, _ = read_policy(file)
    out = console(json_path)
    rules = []
    for rule in policy.rules:
        said = explain_rule(rule, policy)
        rules.append({"rule": rule.id, "action": rule.action, "zh": said.zh, "en": said.en})
        out.print(f"{rule.id}\n  {said.zh}\n  {said.en}", markup=False, soft_wrap=True)
    emit(json_path, {"name": policy.name, "version": policy.version, "id": policy.id, "rules": rules})


@app.command("format")
def format_(
    file: File,
    write: Annotated[bool, typer.Option("--write", help="Change the file instead of printing it.")] = False,
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 4 when the layout is another one.")
    ] = False,
    json_path: JsonOption = None,
) -> None:
    """The same policy in the canonical layout: order of keys, spelling of expressions; comments are kept."""
    policy, text = read_policy(file)
    formatted = format_policy(text, source=file)
    changed = formatted != text
    path = Path(file)
    if write and path.suffix not in (".yaml", ".yml"):
        raise Mistake(f"{file} is a shipped policy and is not written: give a .yaml file of your own.")
    if write and changed:
        try:
            path.write_text(formatted, "utf-8")
        except OSError as trouble:
            raise Mistake(f"{file} cannot be written: {trouble.strerror}.") from None
    out = console(json_path)
    if write or check_only:
        what = "formatted" if write else "not in the canonical layout"
        out.print(f"{file}: {what if changed else 'unchanged'}.", markup=False)
    else:
        out.print(formatted, markup=False, end="", soft_wrap=True)
    emit(json_path, {"id": policy.id, "changed": changed, "written": write and changed, "text": formatted})
    if check_only and changed:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command("diff")
def diff_(
    before: Annotated[str, typer.Argument(help="The earlier policy: a file, or a shipped one by name.")],
    after: Annotated[str, typer.Argument(help="The later policy: a file, or a shipped one by name.")],
    json_path: JsonOption = None,
) -> None:
    """What changed in meaning; layout, comments and spelling are not changes."""
    old, new = read_policy(before)[0], read_policy(after)[0]
    found = diff(old, new)
    out = console(json_path)
    if not found:
        same = "the same policy" if old.id == new.id else "the same rules in another order"
        out.print(f"No change in meaning 含义无变化: {same}.", markup=False)
    for difference in found:
        out.print(str(difference), markup=False, soft_wrap=True)
    emit(json_path, {"before": old.id, "after": new.id, "same": not found, "differences": found})


register(app)

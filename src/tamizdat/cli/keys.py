"""``tamizdat keys``: show, renew, rotate, revoke, add, rehearse-loss. The ceremony's own steps: cli/ceremony.py."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tamizdat.cli import ceremony
from tamizdat.cli.ask import passphrase
from tamizdat.cli.ceremony import Folder
from tamizdat.config import load_config
from tamizdat.errors import UsageError
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.pipeline import LEDGER_FILE
from tamizdat.trust.changes import change_offline, renew, replace_online
from tamizdat.trust.fingerprint import to_words
from tamizdat.trust.keyfile import KeyFile, PublicKey, key_code
from tamizdat.trust.keyring import KEYS, create_keys, load_keys, load_state, sign_on_the_spot, unlock
from tamizdat.trust.loss import rehearse_loss
from tamizdat.trust.request import Request
from tamizdat.trust.roles import OFFLINE, RESERVED, check_role, is_language
from tamizdat.trust.state import State

app = typer.Typer(help="The keys of a publication: who may sign what.", no_args_is_help=True)
app.add_typer(ceremony.app, name="ceremony")

Role = Annotated[str, typer.Argument(help="root, targets, snapshot, timestamp, app or a language.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Old = Annotated[str, typer.Option("--key", help="Id of the root or targets key that goes.")]
New = Annotated[Path | None, typer.Option("--new", help="Public file of the root or targets key that comes.")]
LastGood = Annotated[
    int | None, typer.Option("--last-good", min=0, help="Number of the language's last good edition.")
]
Out = ceremony.RequestOut


@app.command()
def show(folder: Folder = Path(), json_: Json = False) -> None:
    """Fingerprint, and for each role its keys, threshold and days left."""
    state = load_state(folder)
    report = _report(state, datetime.now(UTC))
    if json_:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
        return
    for line in _lines(report):
        typer.echo(line)


@app.command("renew")
def renew_(
    parts: Annotated[list[str] | None, typer.Argument(metavar="[root|targets]...", help="Both, if left out.")] = None,
    folder: Folder = Path(),
    out: Out = None,
) -> None:
    """Ask for new signatures by root and targets, with a new expiry and the same keys."""
    for part in parts or ():
        if part not in OFFLINE:
            raise UsageError(f"{part} is renewed by itself at every publish; only {' and '.join(OFFLINE)} are not")
    state, name = load_state(folder), load_config(folder).publication.name
    _carry_out(folder, renew(name, state, _now(), parts or OFFLINE), out)


@app.command()
def rotate(
    role: Role,
    folder: Folder = Path(),
    key: Old = "",
    new: New = None,
    last_good: LastGood = None,
    out: Out = None,
) -> None:
    """Replace a key that nobody has stolen. For a stolen one: revoke."""
    if last_good is None and is_language(role):
        last_good = _latest_edition(folder, role)
    _replace(folder, role, key, new, last_good, out)


@app.command()
def revoke(
    role: Role,
    folder: Folder = Path(),
    key: Old = "",
    new: New = None,
    last_good: LastGood = None,
    out: Out = None,
) -> None:
    """Take back a stolen or lost key. An online role gets a new one at once; root and targets if --new names it."""
    if role not in OFFLINE:
        _replace(folder, role, key, new, last_good, out)
        return
    state, name = load_state(folder), load_config(folder).publication.name
    coming = ceremony.read_public(new) if new else None
    _carry_out(folder, change_offline(name, state, role, _old_key(state, role, key), coming, _now()), out)


@app.command()
def add(
    language: Annotated[str, typer.Argument(help="A language that the publication does not have yet.")],
    folder: Folder = Path(),
    out: Out = None,
) -> None:
    """Give a new language its key. Also name the language in tamizdat.toml."""
    if load_state(folder).keys_of(language):
        raise UsageError(f"{language} has a key already")
    _replace(folder, language, "", None, None, out)


@app.command("rehearse-loss")
def rehearse_loss_(role: Role, folder: Folder = Path()) -> None:
    """Play the theft of a role's keys and the recovery, in memory, with stand-in keys. DIR is only read."""
    state = load_state(folder)
    if not state.keys_of(check_role(role)):
        raise UsageError(f"the publication has no role {role}")
    rehearsal = rehearse_loss(state.targets.languages, role, _now())
    for line in rehearsal.lines:
        typer.echo(line)
    if not rehearsal.recovered:
        raise typer.Exit(1)


def _replace(
    folder: Path, role: str, key: str, new: Path | None, last_good: int | None, out: Path | None
) -> None:
    check_role(role)
    state, name = load_state(folder), load_config(folder).publication.name
    if role not in OFFLINE:
        if key or new:
            raise UsageError("--key and --new are for root and targets; an online role's new key is made here")
        # Planned once with the old key's place taken by nobody yet, so that a mistake makes no key file.
        if is_language(role) and state.keys_of(role) and last_good is None:
            raise UsageError(f"which edition in {role} was the last good one? Say --last-good NUMBER")
        made = _new_key(folder, role, "publishing machine")
        request = replace_online(name, state, made.key, _now(), last_good)
        _carry_out_or_forget(folder, request, out, made)
        return
    gone = _old_key(state, role, key)
    if new is not None:
        _carry_out(folder, change_offline(name, state, role, gone, ceremony.read_public(new), _now()), out)
    elif state.rehearsal:
        change_offline(name, state, role, gone, _stand_in(role), _now())
        made = _new_key(folder, role, "rehearsal")
        _carry_out_or_forget(folder, change_offline(name, state, role, gone, made.key, _now()), out, made)
    else:
        raise UsageError(
            f"a new {role} key is made on its own device: tamizdat keys ceremony new-key --role {role} "
            "--name NAME --out DIR; then name its public file with --new"
        )

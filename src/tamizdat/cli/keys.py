"""``tamizdat keys``: show, renew, rotate, revoke, add, rehearse-loss. The ceremony's own steps: cli/ceremony.py."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from tamizdat.cli import ceremony
from tamizdat.cli.ask import passphrase
from tamizdat.cli.ceremony import Folder
from tamizdat.cli.say import say
from tamizdat.config import load_config
from tamizdat.errors import UsageError
from tamizdat.publisher.ledger import LEDGER_FILE, Ledger
from tamizdat.trust.ceremony import asked_keys, describe
from tamizdat.trust.changes import change_offline, renew, replace_online
from tamizdat.trust.fingerprint import to_words
from tamizdat.trust.keyfile import KeyFile, PublicKey, key_code
from tamizdat.trust.keyring import KEYS, MACHINE, load_keys, load_state, sign_on_the_spot, unlock
from tamizdat.trust.loss import rehearse_loss
from tamizdat.trust.plans import TIME_FORMAT
from tamizdat.trust.request import Request
from tamizdat.trust.roles import OFFLINE, ROOT, TARGETS, check_languages, check_role, is_language, policy_of
from tamizdat.trust.state import State

app = typer.Typer(help="The keys of a publication: who may sign what.", no_args_is_help=True)
app.add_typer(ceremony.app, name="ceremony")

ALL_ONLINE: Final = "machine"
"""In the place of a role: every key that lies on the publishing machine."""

Role = Annotated[str, typer.Argument(help="root, targets, snapshot, timestamp, app or a language.")]
Roles = Annotated[
    str,
    typer.Argument(metavar="ROLE", help="As for rehearse-loss; or `machine`, for all keys of the publishing machine."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Old = Annotated[str, typer.Option("--key", help="Id of the root or targets key that goes.")]
New = Annotated[Path | None, typer.Option("--new", help="Public file of the root or targets key that comes.")]
LastGood = Annotated[
    list[str] | None,
    typer.Option("--last-good", metavar="NUMBER|LANGUAGE=NUMBER", help="The language's last good edition. Repeatable."),
]
Out = ceremony.RequestOut


@app.command()
def show(folder: Folder = Path(), json_: Json = False) -> None:
    """Fingerprint, and for each role its keys, threshold and days left."""
    state = load_state(folder)
    report = _report(state, datetime.now(UTC))
    if json_:
        say(json.dumps(report, ensure_ascii=False, indent=1))
        return
    for line in _lines(report):
        say(line)


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
    role: Roles,
    folder: Folder = Path(),
    key: Old = "",
    new: New = None,
    last_good: LastGood = None,
    out: Out = None,
) -> None:
    """Replace a key that nobody has stolen. For a stolen one: revoke."""
    if role in OFFLINE:
        _rotate_offline(folder, role, key, new, out)
    else:
        _refuse_offline_options(key, new)
        state = load_state(folder)
        latest = {language: _latest_edition(folder, language) for language in state.targets.languages}
        _replace(folder, state, _online(state, role), {**latest, **_numbers(role, last_good)}, out)


@app.command()
def revoke(
    role: Roles,
    folder: Folder = Path(),
    key: Old = "",
    new: New = None,
    last_good: LastGood = None,
    out: Out = None,
) -> None:
    """Take back a stolen or lost key. An online role gets a new one at once; root and targets if --new names it."""
    state, name = load_state(folder), load_config(folder).publication.name
    if role not in OFFLINE:
        _refuse_offline_options(key, new)
        _replace(folder, state, _online(state, role), _numbers(role, last_good), out)
        return
    coming = ceremony.read_public(new) if new else None
    _carry_out(folder, change_offline(name, state, role, _old_key(state, role, key), coming, _now()), out)


@app.command()
def add(
    language: Annotated[str, typer.Argument(help="A language that the publication does not have yet.")],
    folder: Folder = Path(),
    out: Out = None,
) -> None:
    """Give a new language its key. Also name the language in tamizdat.toml."""
    state = load_state(folder)
    if state.keys_of(language):
        raise UsageError(f"{language} has a key already")
    _replace(folder, state, check_languages((language,)), {}, out)


@app.command("rehearse-loss")
def rehearse_loss_(role: Role, folder: Folder = Path()) -> None:
    """Play the theft of a role's keys and the recovery, in memory, with stand-in keys. DIR is only read."""
    state = load_state(folder)
    if not state.keys_of(check_role(role)):
        raise UsageError(f"the publication has no role {role}")
    loss = rehearse_loss(state.targets.languages, role, _now())
    say("Played in memory, with stand-in keys of the same roles and lifetimes. Your own keys stay closed.")
    say("Dates hold if the stolen keys are revoked today, for readers who see only the thief's mirror.")
    for scene in loss.scenes:
        say(f"A thief with {scene.haul} tries to")
        for attempt in scene.attempts:
            say(f"  {attempt.sentence}")
    say(f"Recovery: {_recovery(role)}")
    say(f"  readers who met the thief come back to the true news: {_yes(loss.comes_back)}")
    say(f"  they refuse the thief from then on: {_yes(loss.shut_out)}")
    if not loss.recovered:
        raise typer.Exit(1)


def _replace(
    folder: Path, state: State, roles: tuple[str, ...], last_good: Mapping[str, int], out: Path | None
) -> None:
    """Make new keys for online ``roles`` and ask for them. Plans before it asks for passphrases."""
    name, now = load_config(folder).publication.name, _now()
    for role in roles:
        if is_language(role) and state.keys_of(role) and role not in last_good:
            raise UsageError(f"which edition in {role} was the last good one? Say --last-good {role}=NUMBER")
    made = [KeyFile.create(role, MACHINE, passphrase(f"the new {role} key", role, new=True)) for role in roles]
    _carry_out(folder, replace_online(name, state, [file.key for file in made], now, last_good), out, made)


def _rotate_offline(folder: Path, role: str, key: str, new: Path | None, out: Path | None) -> None:
    state, name = load_state(folder), load_config(folder).publication.name
    gone = _old_key(state, role, key)
    if new is not None:
        _carry_out(folder, change_offline(name, state, role, gone, ceremony.read_public(new), _now()), out)
    elif state.rehearsal:
        made = KeyFile.create(role, "rehearsal", passphrase(f"the new {role} key", role, new=True))
        _carry_out(folder, change_offline(name, state, role, gone, made.key, _now()), out, [made])
    else:
        raise UsageError(
            f"a new {role} key is made on its own device: tamizdat keys ceremony new-key --role {role} "
            "--name NAME --out DIR; then name its public file with --new"
        )


def _refuse_offline_options(key: str, new: Path | None) -> None:
    if key or new:
        raise UsageError("--key and --new are for root and targets; an online role's new key is made here")


def _online(state: State, role: str) -> tuple[str, ...]:
    """The online roles that ``role`` means. Raises UsageError if the publication has no such role."""
    if role == ALL_ONLINE:
        return tuple(each for each in state.roles if each not in OFFLINE)
    if not state.keys_of(check_role(role)):
        raise UsageError(f"the publication has no role {role}; a new language: tamizdat keys add {role}")
    return (role,)


def _numbers(role: str, given: list[str] | None) -> dict[str, int]:
    """Last good editions by language, from ``41`` or ``ru=41``. Raises UsageError."""
    found = {}
    for text in given or ():
        language, _, number = text.rpartition("=")
        if not number.isdecimal() or (not language and role == ALL_ONLINE):
            raise UsageError(f"--last-good {text}: say a number, or LANGUAGE=NUMBER")
        found[language or role] = int(number)
    return found


def _carry_out(folder: Path, request: Request, out: Path | None, made: Iterable[KeyFile] = ()) -> None:
    """Keep the new keys, then ask the devices; in a rehearsal, sign on the spot."""
    for file in made:
        file.save(folder / KEYS)
    if request.before is None or not request.before.rehearsal:
        ceremony.write_request(folder, request, out)
        return
    wanted = asked_keys(request)
    sealed = [file for file in load_keys(folder) if file.key.public in wanted]
    keys = unlock(sealed, lambda file: passphrase(f"the {file.role} key", file.role))
    sign_on_the_spot(folder, request, keys.values())
    for line in describe(request):
        say(line)
    say(f"Signed on the spot. Next: tamizdat publish -C {folder}")


def _recovery(role: str) -> str:
    if role == ROOT:
        return "revoke the stolen root key. (Two stolen root keys: a new publication with a new fingerprint.)"
    return f"revoke {role} and every other key that lay with it, then publish"


def _yes(value: bool) -> str:
    return "yes" if value else "NO"


def _old_key(state: State, role: str, key: str) -> str:
    held = state.keys_of(role)
    if key or not state.rehearsal:
        return key or _ask_which(role, held)
    return held[0].keyid


def _ask_which(role: str, held: tuple[PublicKey, ...]) -> str:
    listed = ", ".join(f"{key.keyid} {key.name}".rstrip() for key in held)
    raise UsageError(f"which {role} key? Say --key with one of: {listed}")


def _latest_edition(folder: Path, language: str) -> int:
    """Number of the language's newest edition, 0 if there is none."""
    if not (folder / LEDGER_FILE).exists():
        return 0
    ledger = Ledger(folder / LEDGER_FILE)
    try:
        latest = ledger.latest(language)
    finally:
        ledger.close()
    return latest.number if latest else 0


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _report(state: State, now: datetime) -> dict[str, Any]:
    expiries = {ROOT: state.root.expires, TARGETS: state.targets.expires}
    return {
        "fingerprint": state.fingerprint,
        "words": to_words(state.fingerprint),
        "rehearsal": state.rehearsal,
        "root_version": state.root.version,
        "targets_version": state.targets.version,
        "roles": [_role(state, role, expiries.get(role), now) for role in state.roles],
        "retired": [
            {"language": old.language, "code": key_code(old.public), "last_good": old.last_good}
            for old in state.targets.retired
        ],
    }


def _role(state: State, role: str, expires: datetime | None, now: datetime) -> dict[str, Any]:
    keys = [{"keyid": key.keyid, "code": key_code(key.public), "name": key.name} for key in state.keys_of(role)]
    return {
        "role": role,
        "offline": role in OFFLINE,
        "threshold": state.threshold_of(role),
        "keys": keys,
        "lifetime_days": policy_of(role).lifetime.days,
        "expires": expires.strftime(TIME_FORMAT) if expires else None,
        "days_left": (expires - now).days if expires else None,
    }


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield f"Fingerprint  {report['fingerprint']}"
    yield f"In words     {report['words']}"
    if report["rehearsal"]:
        yield "This is a REHEARSAL: all keys lie in one place, and every reader is told so."
    for role in report["roles"]:
        keys = role["keys"]
        until = f"signed for {role['lifetime_days']} days at a publish"
        if role["expires"]:
            until = f"until {role['expires'][:10]}, {role['days_left']} days left"
        yield f"{role['role']}: {role['threshold']} of {len(keys)} sign, {until}"
        for key in keys:
            yield f"  {key['keyid']}  {key['code']}  {key['name']}".rstrip()
    for old in report["retired"]:
        yield f"retired in {old['language']}: {old['code']}, good up to edition {old['last_good']}"

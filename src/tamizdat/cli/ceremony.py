"""``tamizdat keys ceremony``: the steps on the devices that hold offline keys, and on the machine that publishes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from tamizdat.cli.ask import passphrase
from tamizdat.cli.say import say
from tamizdat.config import load_config
from tamizdat.errors import CeremonyError, UsageError
from tamizdat.trust.ceremony import answer, asked_keys, describe, finish
from tamizdat.trust.changes import first_keys
from tamizdat.trust.files import read_bounded, write_new, write_over
from tamizdat.trust.fingerprint import to_words
from tamizdat.trust.keyfile import MAX_KEY_FILE_BYTES, KeyFile, PublicKey, key_code
from tamizdat.trust.keyring import has_state, load_keys, load_state, save_finished
from tamizdat.trust.request import MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, Answer, Request
from tamizdat.trust.roles import OFFLINE
from tamizdat.trust.state import State

app = typer.Typer(help="Make and use the offline keys, by files that travel between devices.", no_args_is_help=True)

REQUEST_FILE: Final = Path("ceremony", "request.json")
Folder = Annotated[Path, typer.Option("-C", help="The publication's folder.")]
RequestOut = Annotated[
    Path | None, typer.Option("--out", help="Where the request goes; DIR/ceremony/request.json if left out.")
]


@app.command("new-key")
def new_key(
    role: Annotated[str, typer.Option(help="root or targets.")],
    name: Annotated[str, typer.Option(help="Who keeps this device, as the others will read it.")],
    out: Annotated[Path, typer.Option(help="Folder for the private and the public file.")],
) -> None:
    """Make a key on this device. The .key file stays here; the .public file goes to the publishing machine."""
    if role not in OFFLINE:
        raise UsageError(f"--role is {' or '.join(OFFLINE)}; other keys are made on the publishing machine")
    key = KeyFile.create(role, name, passphrase(f"the new {role} key", role, new=True)).save(out)
    public = key.path.with_suffix(".public")
    write_new(public, key.key.to_bytes())
    say(f"Private, stays on this device:        {key.path}")
    say(f"Public, for the publishing machine:   {public}")
    say(f"Key code, for the card of this key:   {key_code(key.key.public)}")


@app.command()
def start(
    public: Annotated[list[Path], typer.Argument(metavar="PUBLIC...", help="Everybody's .public files.")],
    folder: Folder = Path(),
    out: RequestOut = None,
) -> None:
    """On the publishing machine: gather the public keys and write the request that the devices sign."""
    if has_state(folder):
        raise UsageError(f"{folder} has its first keys already; see renew, rotate and revoke")
    online = [file.key for file in load_keys(folder)]
    offline = [read_public(path) for path in public]
    name = load_config(folder).publication.name
    write_request(folder, first_keys(name, [*online, *offline], datetime.now(UTC)), out)


@app.command()
def sign(
    request: Annotated[Path, typer.Argument(metavar="REQUEST")],
    key: Annotated[list[Path], typer.Option(help="A private key file of this device. Repeatable.")],
    out: Annotated[Path, typer.Option(help="Folder for the answers.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; the codes were compared.")] = False,
) -> None:
    """On a device: read what is asked for, say yes, and write an answer for each key."""
    asked = Request.from_bytes(read_bounded(request, MAX_REQUEST_BYTES), str(request))
    wanted = asked_keys(asked)
    files = [file for file in map(KeyFile.load, key) if file.key.public in wanted]
    if not files:
        raise CeremonyError("does not ask for a signature by any of these keys", file=request)
    for line in (*describe(asked), *_whose(asked.before)):
        say(line)
    if not yes and not typer.confirm("Did you compare the codes with the others? Sign this?"):
        raise UsageError("nothing was signed")
    for file in files:
        opened = file.unlock(passphrase(f"the {file.role} key of {file.key.name}", file.role))
        path = out / f"answer-{asked.digest[:8]}-{file.role}-{file.keyid}.json"
        write_over(path, answer(asked, opened).to_bytes())
        say(f"Answer, for the publishing machine: {path}")


@app.command("finish")
def finish_(
    answers: Annotated[list[Path], typer.Argument(metavar="ANSWER...")],
    folder: Folder = Path(),
    request: Annotated[Path | None, typer.Option(help="DIR/ceremony/request.json if left out.")] = None,
) -> None:
    """On the publishing machine: check the answers and put the signed files in place."""
    path = request or folder / REQUEST_FILE
    asked = Request.from_bytes(read_bounded(path, MAX_REQUEST_BYTES), str(path))
    before = load_state(folder).roots if has_state(folder) else ()
    if (asked.before.roots if asked.before else ()) != before or _is_done(folder, asked):
        raise CeremonyError("was made for another state of the keys; make the request again", file=path)
    given = [Answer.from_bytes(read_bounded(file, MAX_ANSWER_BYTES), str(file)) for file in answers]
    finished = finish(asked, given, str(path))
    save_finished(folder, finished)
    for name in sorted(finished.files):
        say(f"Signed: {folder / 'trust' / name}")
    say(f"Fingerprint  {finished.state.fingerprint}")
    say(f"In words     {to_words(finished.state.fingerprint)}")
    say(f"Next: tamizdat publish -C {folder}")


def read_public(path: Path) -> PublicKey:
    """A .public file. Raises CeremonyError."""
    return PublicKey.from_bytes(read_bounded(path, MAX_KEY_FILE_BYTES), str(path))


def write_request(folder: Path, request: Request, out: Path | None) -> None:
    """Write the request, show what it asks for, and say what comes next. Raises CeremonyError."""
    path = out or folder / REQUEST_FILE
    summary = list(describe(request))
    write_over(path, request.to_bytes(summary))
    for line in summary:
        say(line)
    say(f"Request, for each device: {path}")
    say("Next, on each device: tamizdat keys ceremony sign REQUEST --key FILE --out DIR")


def _is_done(folder: Path, request: Request) -> bool:
    return request.before is not None and load_state(folder).targets_file != request.before.targets_file


def _whose(before: State | None) -> list[str]:
    if before is None:
        return ["There is no fingerprint yet: compare the request code and every key code with the others."]
    return [f"Fingerprint of the publication, compare with your card: {to_words(before.fingerprint)}"]

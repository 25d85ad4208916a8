"""``tamizdat export`` and ``import``: news as a file. What they do stands in :mod:`tamizdat.cli.carrying`."""

from pathlib import Path
from typing import Annotated

import typer

from tamizdat.errors import UsageError

Trust = Annotated[str, typer.Option(help="The publication's fingerprint, its nine words, or its first root file.")]
Language = Annotated[list[str], typer.Option(help="Only this language. Repeatable; all without.")]
NoPages = Annotated[
    bool, typer.Option("--no-pages", help="Only signed editions, for readers that check; no pages for browsers.")
]
Expired = Annotated[
    bool, typer.Option("--expired", help="Take also what is past its time; readers are told how old it is.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write: .zip, or .tar.")],
    trust: Trust,
    from_: Annotated[
        list[str],
        typer.Option(
            "--from",
            help="Where to take it from: a publisher or mirror on the web, a folder, an archive file. Repeatable.",
        ),
    ],
    language: Language = [],  # noqa: B006 - typer copies it
    no_pages: NoPages = False,
    max_size: Annotated[str, typer.Option(help="Refuse if the archive would be larger than this, like 20M.")] = "",
    expired: Expired = False,
    json_: Json = False,
) -> None:
    """Write the newest edition into one file that people can carry, and read it back. Run again, it goes on."""
    from tamizdat.cli import carrying  # noqa: PLC0415 - help must not load what carrying needs

    carrying.export_file(
        carrying.Exporting(
            file=file,
            trust=trust,
            addresses=from_,
            languages=language,
            pages=not no_pages,
            max_size=max_size,
            expired=expired,
            json=json_,
        )
    )


def import_(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="Archives, or folders with archives in them.")
    ] = None,
    trust: Trust = "",
    into: Annotated[
        Path | None, typer.Option(help="A mirror's folder; it is made if it is not there. Required.")
    ] = None,
    language: Language = [],  # noqa: B006 - as above
    no_pages: NoPages = False,
    expired: Expired = False,
    json_: Json = False,
    publication: Annotated[Path | None, typer.Option("-C", hidden=True)] = None,
) -> None:
    """Bring what is newest among archives into a mirror's folder, every byte checked. Run again, it goes on."""
    if publication is not None or not files:
        raise UsageError(
            "import brings archives into a mirror's folder: tamizdat import FILE... --trust FINGERPRINT --into DIR. "
            "To gather from a publication's sources: tamizdat gather"
        )
    if not trust or into is None:
        raise UsageError("import needs both: --trust, the publication's fingerprint, and --into, a mirror's folder")
    from tamizdat.cli import carrying  # noqa: PLC0415 - as above

    carrying.import_files(
        carrying.Importing(
            files=files,
            trust=trust,
            into=into,
            languages=language,
            pages=not no_pages,
            expired=expired,
            json=json_,
        )
    )

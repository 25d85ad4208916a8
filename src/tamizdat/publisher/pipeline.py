"""One publish from end to end: gather, press, sign, push.

Everything up to the ledger's commit leaves nothing behind but files that no signed file names. Everything after it
repeats what the ledger says, so a publish that was killed is finished by the next one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.carriers.registry import open_outbound
from tamizdat.config import Config, SourceSettings, load_config
from tamizdat.errors import ConfigError, SourceError, UsageError
from tamizdat.publisher.gather import Gatherer, Gathering
from tamizdat.publisher.issue import Context, NewEdition, is_due, make_edition
from tamizdat.publisher.ledger import LEDGER_FILE, Ledger
from tamizdat.publisher.picturing import Pictures, has_size
from tamizdat.publisher.push import Pushed, WebRoot, is_whole, push
from tamizdat.publisher.signing import duties, sign_all
from tamizdat.sources.feed import FeedSource, FeedState
from tamizdat.sources.port import Source
from tamizdat.sources.registry import open_source
from tamizdat.trust.keyring import Keyring, load_state, refuse_offline_keys
from tamizdat.trust.state import State

OUT_DIR: Final = "out"
GRACE: Final = timedelta(days=2)
"""How long a mirror keeps files that only older editions name, for readers in the middle of a sync."""


class Progress(Protocol):
    """Where long work reports to. The command line draws bars; ``Silent`` draws nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage begins, of ``total`` steps if that is known."""
        ...

    def step(self) -> None:
        """One step of the stage is done."""
        ...


class Silent:
    """No progress shown."""

    def stage(self, name: str, total: int | None = None) -> None:
        """See :class:`Progress`."""

    def step(self) -> None:
        """See :class:`Progress`."""


@dataclass(frozen=True, slots=True)
class EditionReport:
    """One language after a publish. ``new`` is whether this publish made the edition."""

    language: str
    number: int
    stories: int
    new: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a publish did."""

    gathering: Gathering
    editions: tuple[EditionReport, ...] = ()
    pushed: tuple[Pushed, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something was left out or a carrier did not take it."""
        return self.gathering.failed or any(place.fault for place in self.pushed)


class Publisher:
    """Publishes the publication in ``folder``."""

    def __init__(self, folder: Path, keyring: Keyring, progress: Progress | None = None) -> None:
        self.folder = folder
        self.config: Config = load_config(folder)
        self.state: State = load_state(folder)
        self._keyring = keyring
        self._progress = progress or Silent()
        self._out = DirectoryOutbound(folder / OUT_DIR)
        _check_machine(folder, self.config, self.state)

    def publish(self, now: datetime) -> Report:
        """Gather from all sources, make an edition of each language that changed, sign, and push everything."""
        with self._open_ledger() as ledger:
            with ledger.transaction():
                gathering = self._gather(ledger, now)
                gathering.faults += self._pictures(ledger).make_missing(
                    lambda count: self._progress.stage("Pictures", count), self._progress.step
                )
                editions = self._press(ledger, gathering.removals, now)
                self._sign(ledger, editions, now)
                reports = self._reports(ledger, editions)
            pushed = self._push(ledger, now)
        return Report(gathering, reports, pushed)

    def withdraw(self, story_id: str, languages: tuple[str, ...], now: datetime) -> Report:
        """Take a story out of its editions for good, whatever the sources say, and publish that at once.

        Without ``languages``, out of all in which it was ever published. Raises UsageError if it never was.
        """
        with self._open_ledger() as ledger:
            known = ledger.languages_of(story_id)
            if not known:
                alike = ", ".join(ledger.ids_like(story_id)) or "`tamizdat read list` names them all"
                raise UsageError(f"no story {story_id!r} was ever published here; did you mean: {alike}")
            languages = languages or known
            with ledger.transaction():
                gatherer = Gatherer(ledger, languages, self._pictures(ledger).press, now)
                for language in languages:
                    ledger.memory.withdraw(language, story_id)
                    if ledger.story(language, story_id) is not None:
                        gatherer.remove(language, story_id)
                editions = self._press(ledger, gatherer.result.removals, now)
                self._sign(ledger, editions, now)
                reports = self._reports(ledger, editions)
            pushed = self._push(ledger, now)
        return Report(gatherer.result, reports, pushed)

    @contextmanager
    def _open_ledger(self) -> Iterator[Ledger]:
        ledger = Ledger(self.folder / LEDGER_FILE)
        try:
            yield ledger
        finally:
            ledger.close()

    def _pictures(self, ledger: Ledger) -> Pictures:
        return Pictures(ledger, self._out, self.folder / OUT_DIR)

    # --- gather ---

    def _gather(self, ledger: Ledger, now: datetime) -> Gathering:
        gatherer = Gatherer(ledger, self.config.publication.languages, self._pictures(ledger).press, now)
        self._progress.stage("Gathering")
        for settings in self.config.sources:
            try:
                source = self._source(ledger, settings, now)
            except SourceError as error:
                gatherer.result.faults.append(error)
                continue
            gatherer.take(source, settings.name, self._progress.step)
            if isinstance(source, FeedSource):
                ledger.memory.set_feed_state(settings.name, source.state.etag, source.state.last_modified)
        return gatherer.result

    def _source(self, ledger: Ledger, settings: SourceSettings, now: datetime) -> Source:
        return open_source(
            settings.kind,
            path=settings.path or None,
            url=settings.url or None,
            language=settings.language or None,
            base_dir=self.folder,
            now=now,
            state=FeedState(*ledger.memory.feed_state(settings.name)),
        )

    # --- press and sign ---

    def _press(self, ledger: Ledger, removals: set[str], now: datetime) -> dict[str, NewEdition]:
        """New editions of the languages that changed, with their files already in the local web root."""
        # A language that left the settings is still out there, and what was withdrawn has to go from it too.
        wanted = dict.fromkeys((*self.config.publication.languages, *sorted(removals)))
        contexts = {
            language: Context.of(self.config, language, keys[0].keyid)
            for language in wanted
            if (keys := self.state.keys_of(language))
        }
        damaged = self._damaged(ledger)
        changed = [
            language
            for language, context in contexts.items()
            if language in damaged or is_due(ledger, language, context)
        ]
        self._progress.stage("Pressing", len(changed))
        editions: dict[str, NewEdition] = {}
        self._keyring.unlock(changed)
        for language in changed:
            edition = make_edition(ledger, language, contexts[language], self._keyring.signer(language), now)
            for path, data in edition.files.items():
                self._out.put(path, data)
            editions[language] = edition
            self._progress.step()
        ledger.memory.forget_unshown()
        ledger.set_files("pictures", self._pictures(ledger).paths(), now)
        for owner in (*removals, *(("pictures",) if removals else ())):
            ledger.drop_at_once(owner)
        return editions

    def _damaged(self, ledger: Ledger) -> set[str]:
        """Languages of which files are missing from the local web root or altered; they will be made again."""
        whole = self._wholeness(ledger)
        lost = [path for path in ledger.needed_files() if not whole(path)]
        _forget_packs(ledger, lost)
        return {path.partition("/")[0] for path in lost}

    def _sign(self, ledger: Ledger, editions: Mapping[str, NewEdition], now: datetime) -> None:
        duty = duties(ledger, self.state, frozenset(editions), now)
        self._keyring.unlock(duty.roles)
        sign_all(ledger, self.state, duty, editions, {role: self._keyring.signer(role) for role in duty.roles}, now)

    def _reports(self, ledger: Ledger, editions: Mapping[str, NewEdition]) -> tuple[EditionReport, ...]:
        found = ((language, ledger.latest(language)) for language in self.config.publication.languages)
        return tuple(
            EditionReport(language, latest.number, latest.count, language in editions)
            for language, latest in found
            if latest
        )

    # --- push ---

    def _push(self, ledger: Ledger, now: datetime) -> tuple[Pushed, ...]:
        """Bring the local web root and every carrier to what the ledger says."""
        gone = ledger.gone_files(now - GRACE)
        whole = self._wholeness(ledger)
        graced = [path for path in ledger.graced_files(now - GRACE) if whole(path)]
        needed = ledger.needed_files()
        there = {path: None for path in needed if whole(path)}
        root = WebRoot((*there, *graced), self._metadata(ledger))
        settings = self.config.carriers
        carriers = [self._out, *(open_outbound(place.kind, {"path": place.path}, self.folder) for place in settings)]
        self._progress.stage("Pushing", len(carriers))
        results: list[Pushed] = []
        for carrier in carriers:
            results.append(push(root, self.folder / OUT_DIR, carrier, gone))
            self._progress.step()
        if not any(result.fault for result in results):
            with ledger.transaction():
                ledger.forget_files(gone)
                _forget_packs(ledger, gone)
        self._sweep(root)
        # Languages were made again by now; what is still missing are pictures that no source offers any more.
        lost = [Pushed(str(self.folder / OUT_DIR), 0, 0, f"{path} is lost") for path in needed if path not in there]
        return (*results[1:], *lost)

    def _wholeness(self, ledger: Ledger) -> Callable[[str], bool]:
        """Whether the file at a path of the local web root is there and undamaged."""
        sizes, root = ledger.memory.variants(), self.folder / OUT_DIR
        return lambda path: has_size(root / path, sizes[path]) if path in sizes else is_whole(root / path)

    def _metadata(self, ledger: Ledger) -> dict[str, bytes]:
        """Metadata files in writing order: what names others after what it names, the timestamp last."""
        files = {f"{version}.root.json": data for version, data in enumerate(self.state.roots, 1)}
        files[f"{self.state.targets.version}.targets.json"] = self.state.targets_file
        return files | {signed.file_name: signed.data for signed in ledger.all_signed()}

    def _sweep(self, root: WebRoot) -> None:
        """Delete from the local web root what a publish that was killed before its commit left there."""
        known = {*root.content, *(f"metadata/{name}" for name in root.metadata)}
        for path in list(self._out.list()):
            # Older metadata stays: readers who are in the middle of a sync may still ask for it.
            if path not in known and not path.startswith("metadata/"):
                self._out.delete(path)


def _forget_packs(ledger: Ledger, paths: Iterable[str]) -> None:
    for path in map(PurePosixPath, paths):
        if path.suffix == ".pack":
            ledger.forget_pack(bytes.fromhex(path.stem))


def _check_machine(folder: Path, config: Config, state: State) -> None:
    """Refuse to publish with an offline key at hand, or without the keys for the settings' languages."""
    refuse_offline_keys(folder)
    for language in config.publication.languages:
        if not state.keys_of(language):
            raise ConfigError(
                f"{language} has no key yet; make one with `tamizdat keys add {language}`",
                file="tamizdat.toml",
                line=0,
                key="publication.languages",
            )

"""One publish from end to end: gather, press, sign, push.

Everything up to the ledger's commit leaves nothing behind but files that no signed file names. Everything after it
repeats what the ledger says, so a publish that was killed is finished by the next one.
"""

import hashlib
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from tamizdat.config import NEWSROOM, Config, SourceSettings, load_config
from tamizdat.errors import ConfigError, UsageError
from tamizdat.pictures.variants import whole_path
from tamizdat.publisher.delivery import Delivery, forget_packs
from tamizdat.publisher.derive import derive
from tamizdat.publisher.gather import Gatherer, Gathering
from tamizdat.publisher.issue import Context, is_due, press_edition, remembered, sign_edition
from tamizdat.publisher.known import Known
from tamizdat.publisher.ledger import LEDGER_FILE, Ledger
from tamizdat.publisher.newsroom import Newsroom
from tamizdat.publisher.pages import Pages, press_version, site_owner
from tamizdat.publisher.picturing import Pictures
from tamizdat.publisher.progress import Progress, Silent
from tamizdat.publisher.pushes import PATIENCE, Patience, Pushed
from tamizdat.publisher.reminders import expired_notices
from tamizdat.publisher.signing import duties, sign_all
from tamizdat.publisher.sounding import OWNER as SOUND
from tamizdat.publisher.sounding import Sounds
from tamizdat.publisher.warm import NotingOutbound, Warm
from tamizdat.publisher.wholeness import LOCAL, Wholeness
from tamizdat.roads.clock import CLOCK, Clock
from tamizdat.sources.feed import FeedSource, FeedState
from tamizdat.sources.port import Source
from tamizdat.sources.registry import open_source
from tamizdat.trust.keyring import Keyring, load_state, refuse_offline_keys
from tamizdat.trust.roles import TIMESTAMP
from tamizdat.trust.state import State

PAGES: Final = ""
"""Stands for pages where languages are named."""
OUT_DIR: Final = "out"
"""The local web root, in the publication's folder."""


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
    reminders: tuple[str, ...] = ()
    """What the newsroom should see to, though nothing failed."""

    @property
    def failed(self) -> bool:
        """Whether something was left out or a carrier did not take it."""
        return self.gathering.failed or any(place.fault for place in self.pushed)


class Publisher:
    """Publishes the publication in ``folder``, as often as it is asked to.

    Settings and keys are those that stand in the folder when a publish begins. ``newsroom`` is needed where the
    settings name one as a source. What was learnt in one publish makes the next one quicker (``warm.py``).
    """

    def __init__(
        self,
        folder: Path,
        keyring: Keyring,
        progress: Progress | None = None,
        clock: Clock = CLOCK,
        newsroom: Newsroom | None = None,
    ) -> None:
        self.folder = folder
        self._keyring = keyring
        self._progress = progress or Silent()
        self._clock = clock
        self._newsroom = newsroom
        self._out = NotingOutbound(folder / OUT_DIR)
        self._warm = Warm()
        self._kept: tuple[object, Warm] | None = None
        """What is in mind, and what of the ledger, settings and keys it belongs to."""
        self._wholeness = self._look_at_home()
        self._read_folder()

    def publish(self, now: datetime, *, thorough: bool = True) -> Report:
        """Gather from all sources, make an edition of each language that changed, sign, and push everything.

        Unless it is to be ``thorough``, only sources that know their changes are read, and only files are looked at
        that changed since this publisher published last, and some others. Whenever that would not be safe, everything
        is: the first time, after 24 hours, after somebody else published, after another language or carrier came.
        """
        with self._open_ledger() as ledger:
            if not thorough:
                self._remember(ledger, now)
            with ledger.transaction():
                gathering = self._gather(ledger, now, changing_only=not thorough)
                self._press(ledger, now)
                reports = self._sign(ledger, now)
            self._warm.note(self._timestamp(ledger), self._out.written)
            pushed = self._push(ledger, now)
            self._keep(ledger, now)
        return Report(gathering, reports, pushed, self._reminders(now))

    def warm_up(self, now: datetime) -> None:
        """After a publish: have in mind all that the next one may need, so that it is quick from the first story on."""
        with self._open_ledger() as ledger:
            self._remember(ledger, now)
            if self._warm.quick:
                self._pages(ledger).warm_up(now)
                for language in self.config.publication.languages:
                    self._warm.editions[language] = remembered(ledger, language, self._warm.editions.get(language))
                self._keep(ledger, now)

    # The same in four steps. Each can be done again, and the next one begins where it left off.

    def gather(self, now: datetime) -> Report:
        """Take what is new in the sources. Nothing of it is published yet."""
        with self._open_ledger() as ledger, ledger.transaction():
            return Report(self._gather(ledger, now), self._reports(ledger))

    def press(self, now: datetime) -> Report:
        """Make packs and pages of what was gathered, in the local web root. Needs no key."""
        with self._open_ledger() as ledger, ledger.transaction():
            self._press(ledger, now)
            reports = self._reports(ledger, ledger.unsigned_languages())
        return Report(Gathering(), reports, reminders=self._reminders(now))

    def sign(self, now: datetime) -> Report:
        """Sign what was pressed, and renew what is about to expire. Pushes nothing."""
        with self._open_ledger() as ledger, ledger.transaction():
            return Report(Gathering(), self._sign(ledger, now))

    def push(self, now: datetime, patience: Patience = PATIENCE) -> Report:
        """Bring every carrier to what was signed last. Raises UsageError while something waits for its signature."""
        with self._open_ledger() as ledger:
            if ledger.unsigned_languages() or ledger.signed(TIMESTAMP) is None:
                raise UsageError("what was pressed is not signed yet; first: tamizdat sign")
            return Report(Gathering(), self._reports(ledger), self._push(ledger, now, patience))

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
                derive(ledger, self.config.publication.languages, gatherer.result)
                self._press(ledger, now)
                reports = self._sign(ledger, now)
            pushed = self._push(ledger, now)
        return Report(gatherer.result, reports, pushed, self._reminders(now))

    def _reminders(self, now: datetime) -> tuple[str, ...]:
        return tuple(expired_notices(self.config, now))

    @contextmanager
    def _open_ledger(self) -> Iterator[Ledger]:
        ledger = Ledger(self.folder / LEDGER_FILE)
        try:
            self._settle()
            self._warm = Warm()
            self._out.written.clear()
            self._wholeness = self._look_at_home(ledger.site.carried(LOCAL))
            yield ledger
        finally:
            ledger.close()

    def _read_folder(self) -> None:
        """Settings and offline-signed files as they are now. Raises ConfigError, CeremonyError, RootKeyPresentError."""
        config, state = load_config(self.folder), load_state(self.folder)
        _check_machine(self.folder, config, state)
        if self._newsroom is None and any(source.kind == NEWSROOM for source in config.sources):
            raise UsageError("the settings name the newsroom as a source, and none was opened")
        self.config: Config = config
        self.state: State = state

    def _settle(self) -> None:
        """Begin with what is true now, also in what the newsroom decides."""
        self._read_folder()
        if self._newsroom is not None:
            self.config = self._newsroom.settle(self.config)

    # --- what is in mind ---

    def _remember(self, ledger: Ledger, now: datetime) -> None:
        """Go on from the last publish, if everything is as it left it."""
        kept, self._kept = self._kept, None
        if kept and kept[0] == self._belongs(ledger) and kept[1].is_fresh(now):
            self._warm = kept[1]
            self._warm.quick = self._wholeness.one_by_one = True

    def _keep(self, ledger: Ledger, now: datetime) -> None:
        """Have in mind what this publish left, for the next one. Not called if anything went wrong on the way."""
        self._pages(ledger).keep_warm(now)
        self._kept = (self._belongs(ledger), self._warm)

    def _belongs(self, ledger: Ledger) -> object:
        """All that must be the same if what is in mind is to count. Front pages may change."""
        return ledger.stamp, replace(self.config, fronts=()), self.state, press_version()

    def _timestamp(self, ledger: Ledger) -> int:
        signed = ledger.signed(TIMESTAMP)
        return signed.version if signed else 0

    def _look_at_home(self, known: bytes = b"") -> Wholeness:
        return Wholeness(self._out, self.folder / OUT_DIR, Known(known))

    def _pictures(self, ledger: Ledger) -> Pictures:
        return Pictures(ledger, self._out, self.folder / OUT_DIR)

    def _sounds(self, ledger: Ledger) -> Sounds:
        return Sounds(ledger, self._out, self._wholeness)

    def _pages(self, ledger: Ledger) -> Pages:
        root = self.folder / OUT_DIR
        return Pages(ledger, self.config, self.state, self._out, root, self._wholeness, self._warm)

    def _delivery(self, ledger: Ledger) -> Delivery:
        root = self.folder / OUT_DIR
        return Delivery(ledger, self.config, self.state, self._out, root, self._wholeness, self._warm)

    # --- gather ---

    def _gather(self, ledger: Ledger, now: datetime, *, changing_only: bool = False) -> Gathering:
        self._progress.stage("Gathering")
        gatherer = Gatherer(
            ledger,
            self.config.publication.languages,
            self._pictures(ledger).press,
            now,
            taker=self._taker(),
            again=self._doubtful(ledger),
        )
        sounds = self._sounds(ledger)
        sources = [(each.name, sounds.of(self._source(ledger, each, now))) for each in self.config.sources]
        gatherer.gather(sources, self._progress.step, changing_only=changing_only)
        derive(ledger, self.config.publication.languages, gatherer.result)
        for name, source in sources:
            if isinstance(source, FeedSource):
                ledger.memory.set_feed_state(name, source.state.etag, source.state.last_modified)
            sounds.note_failed(name, source)
        gatherer.result.faults += self._pictures(ledger).make_missing(
            lambda count: self._progress.stage("Pictures", count),
            self._progress.step,
            ledger.touched_pictures if self._warm.quick else None,
        )
        return gatherer.result

    def _taker(self) -> str:
        """What stories become depends on besides what their source says; see :class:`Gatherer`."""
        settings = (self.config.publication.languages, [source.name for source in self.config.sources])
        return hashlib.sha256(repr((press_version(), settings)).encode()).hexdigest()

    def _doubtful(self, ledger: Ledger) -> set[tuple[str, str]]:
        """Stories of which pictures or sound are lost: only their source has them."""
        if self._warm.quick:
            return set()
        return ledger.stories_with(self._lost_pictures(ledger)) | self._sounds(ledger).stories_with_lost()

    def _lost_pictures(self, ledger: Ledger) -> list[str]:
        """Whole pictures that stories show and that are not here as they were made."""
        shown = dict.fromkeys(picture.file for picture in ledger.shown_pictures())
        return [file for file in shown if not self._wholeness.is_whole(whole_path(file), bytes.fromhex(file))]

    def _source(self, ledger: Ledger, settings: SourceSettings, now: datetime) -> Source:
        if settings.kind == NEWSROOM and self._newsroom is not None:
            return self._newsroom.source(now)
        return open_source(
            settings.kind,
            path=settings.path or None,
            url=settings.url or None,
            language=settings.language or None,
            base_dir=self.folder,
            now=now,
            state=FeedState(*ledger.memory.feed_state(settings.name)),
        )

    # --- press, sign, push ---

    def _press(self, ledger: Ledger, now: datetime) -> None:
        """Editions and pages of what changed, unsigned, with their files in the local web root."""
        # A language that left the settings is still out there, and what was withdrawn has to go from it too.
        wanted = dict.fromkeys((*self.config.publication.languages, *ledger.languages_with_news()))
        losing = [language for language in wanted if ledger.lost_stories(language)]
        self._press_editions(ledger, wanted, now)
        pages = self._pages(ledger)
        self._note_pictures(ledger, pages, now)
        due = pages.due(now)
        self._progress.stage("Pages", len(due))
        pages.press(due, now, self._progress.step)
        ledger.set_unsigned(PAGES, b"")
        for language in losing:
            for owner in (language, site_owner(language), "pictures", SOUND):
                ledger.drop_at_once(owner)

    def _note_pictures(self, ledger: Ledger, pages: Pages, now: datetime) -> None:
        """Which files of pictures and sound are needed from now on."""
        pictures = self._pictures(ledger)
        if not self._warm.quick:
            ledger.memory.forget_unshown()
            ledger.set_files("pictures", pictures.paths(), now)
            ledger.sounds.forget_unplayed()
            ledger.set_files(SOUND, self._sounds(ledger).paths(), now)
            return
        ledger.memory.forget_unshown(ledger.touched_pictures)
        for file in sorted(ledger.touched_pictures):
            before, wanted = set(ledger.needed_pictures(file)), set(pictures.paths(file))
            ledger.change_files("pictures", sorted(wanted - before), before - wanted, now)
            pages.files_changed(wanted, before - wanted)
        if ledger.touched_sounds:
            ledger.sounds.forget_unplayed()
            played = {path for path in ledger.touched_sounds if ledger.sounds.leaf(path)}
            unplayed = ledger.touched_sounds - played
            ledger.change_files(SOUND, sorted(played), unplayed, now)
            pages.files_changed(played, unplayed)

    def _press_editions(self, ledger: Ledger, languages: Iterable[str], now: datetime) -> None:
        contexts = {
            language: Context.of(self.config, language, keys[0].keyid)
            for language in languages
            if (keys := self.state.keys_of(language))
        }
        damaged = self._damaged(ledger)
        changed = [
            language
            for language, context in contexts.items()
            if language in damaged or is_due(ledger, language, context)
        ]
        self._progress.stage("Pressing", len(changed))
        for language in changed:
            memory = remembered(ledger, language, self._warm.editions.pop(language, None))
            self._out.put_many(press_edition(ledger, language, contexts[language], now, memory).items())
            self._warm.editions[language] = memory
            self._progress.step()

    def _damaged(self, ledger: Ledger) -> set[str]:
        """Languages of which files are missing from the local web root or altered; they will be made again."""
        if self._warm.quick:
            return set()
        lost = self._delivery(ledger).damaged()
        forget_packs(ledger, lost)
        # Listings of pages, in folders of their own, are made anew at every publish.
        return {path.partition("/")[0] for path in lost if path.count("/") == 1}

    def _sign(self, ledger: Ledger, now: datetime) -> tuple[EditionReport, ...]:
        """Signatures over what was pressed; the languages that have a new edition are marked as such."""
        waiting = [language for language in ledger.unsigned_languages() if language != PAGES]
        pages = self._pages(ledger)
        sites = pages.sites(now)
        duty = duties(ledger, self.state, frozenset(waiting), now, sites.roots, sites.app)
        self._keyring.unlock(duty.roles)
        keys = {role: self._keyring.signer(role) for role in duty.roles}
        editions = {language: sign_edition(ledger, language, keys[language]) for language in waiting}
        self._out.put_many((edition.path, edition.index) for edition in editions.values())
        sign_all(ledger, self.state, duty, editions, keys, now, sites.roots, sites.app)
        ledger.set_unsigned(PAGES, None)
        return self._reports(ledger, editions)

    def _push(self, ledger: Ledger, now: datetime, patience: Patience = PATIENCE) -> tuple[Pushed, ...]:
        return self._delivery(ledger).deliver(now, self._progress, self._clock, patience)

    def _reports(self, ledger: Ledger, new: Container[str] = ()) -> tuple[EditionReport, ...]:
        found = ((language, ledger.latest(language)) for language in self.config.publication.languages)
        return tuple(
            EditionReport(language, latest.number, latest.count, language in new)
            for language, latest in found
            if latest
        )


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

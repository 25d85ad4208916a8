"""All jobs of this newsroom."""

from datetime import timedelta

from tamizdat.newsroom.desk.jobs import Round
from tamizdat.newsroom.desk.mirrors import check_mirrors
from tamizdat.newsroom.ingest.fetching import fetch_due, forget
from tamizdat.newsroom.moving_in.uploads import move_waiting
from tamizdat.newsroom.people.audit import note_failures
from tamizdat.newsroom.people.sessions import forget_ended
from tamizdat.newsroom.pictures.proofs import forget_old_proofs
from tamizdat.newsroom.pictures.uploads import forget_old_uploads
from tamizdat.newsroom.planning import look_at_tables
from tamizdat.newsroom.pressroom.withholding import Withholding
from tamizdat.newsroom.recordings.making import make_waiting
from tamizdat.newsroom.stories.finding import find_waiting
from tamizdat.newsroom.suggesting.drafting import draft_waiting


def rounds() -> tuple[Round, ...]:
    """What comes round, and how often."""
    return (
        Round("mirrors", timedelta(minutes=30), timedelta(hours=2), check_mirrors),
        Round("recordings", timedelta(seconds=5), timedelta(hours=1), make_waiting),
        Round("wires", timedelta(minutes=1), timedelta(minutes=30), fetch_due),
        Round("old wires", timedelta(hours=6), timedelta(minutes=30), forget),
        Round("moving in", timedelta(seconds=3), timedelta(hours=12), move_waiting),
        Round("drafts by machine", timedelta(seconds=2), timedelta(minutes=5), draft_waiting),
        Round("bylines", timedelta(minutes=1), timedelta(hours=1), Withholding()),
        Round("search", timedelta(seconds=5), timedelta(minutes=10), find_waiting),
        Round("tables", timedelta(hours=1), timedelta(minutes=10), look_at_tables),
        Round("failed log-ins", timedelta(minutes=1), timedelta(minutes=5), note_failures),
        Round("sessions", timedelta(hours=1), timedelta(minutes=10), forget_ended),
        Round("proofs", timedelta(hours=6), timedelta(minutes=10), forget_old_proofs),
        Round("uploads", timedelta(hours=1), timedelta(minutes=30), forget_old_uploads),
    )

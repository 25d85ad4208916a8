"""Notices: drafts warn nobody, whoever signs has seen what they sign, and no warning is lost by the way."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from desk_kit import person
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.errors import NoticeError
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.notices.acting import (
    BringBack,
    EndNotice,
    OrderNotices,
    Overtaken,
    SignNotice,
    TakeOver,
    WriteNotice,
    today,
)
from tamizdat.newsroom.notices.models import LegalNotice, Wording
from tamizdat.newsroom.notices.reminding import due_reviews, remind, waiting_drafts
from tamizdat.newsroom.notices.writing import data_of, notice_of
from tamizdat.newsroom.pressroom.models import Order
from tamizdat.newsroom.pressroom.newsroom import PressNewsroom
from tamizdat.notices import Act, Notice, Who

pytestmark = pytest.mark.django_db
TODAY = today()
LATER = TODAY + timedelta(days=300)


def notice(**fields):
    usual = {
        "who": (Who.RESIDENTS,),
        "acts": (Act.SHARING,),
        "penalty": {"en": "A fine.", "fa": "جریمه"},
        "law": {"": "Law on Order"},
        "reviewer": "Orla Venn",
        "reviewed": TODAY,
        "expires": LATER,
        "country": "TM",
    }
    return Notice(**usual | fields)


DATA = data_of(notice())


def told(*settings):
    """What readers are told of notices, with these in the settings."""
    return PressNewsroom().settle(replace(publication_settings(), notices=settings)).notices


def write(user=None, data=DATA, at=None, base=0):
    return WriteNotice(user or boss(), at, data, base).execute()


def sign(wording, user=None, reviewer="Orla Venn", reviewed=TODAY, expires=LATER):
    return SignNotice(user or boss(), wording.notice, wording.number, reviewer, reviewed, expires).execute()


def boss():
    return get_user_model().objects.filter(is_superuser=True).first() or person()


def somebody(*names, name="writer"):
    user = get_user_model().objects.create_user(name, f"{name}@far-shore.example", "desk desk desk desk")
    user.user_permissions.set(Permission.objects.filter(codename__in=[*names, "access_admin"]))
    return user


def test_a_draft_warns_nobody_until_it_is_signed():
    wording = write()
    assert told() == ()
    assert not Order.objects.exists()
    sign(wording)
    assert told() == (notice(),)
    assert Order.objects.count() == 1


def test_a_changed_wording_waits_and_readers_go_on_seeing_the_old_one():
    wording = sign(write())
    changed = write(data={**DATA, "penalty": {"en": "Two years."}}, at=wording.notice, base=1)
    assert told() == (notice(),)
    assert waiting_drafts() == [changed]
    sign(changed)
    assert told() == (notice(penalty={"en": "Two years."}),)
    assert waiting_drafts() == []


def test_only_a_reviewer_signs():
    wording = write(somebody("add_legalnotice", "change_legalnotice"))
    with pytest.raises(PermissionDenied):
        sign(wording, get_user_model().objects.get(username="writer"))
    with pytest.raises(PermissionDenied):
        EndNotice(get_user_model().objects.get(username="writer"), wording.notice, "x").execute()
    lawyer = somebody("review_notices", name="lawyer")
    assert sign(wording, lawyer).signed_by == lawyer
    with pytest.raises(PermissionDenied):
        write(lawyer, at=wording.notice, base=1)


def test_nobody_signs_what_they_have_not_seen():
    wording = write()
    write(data={**DATA, "penalty": {"en": "Nothing."}}, at=wording.notice, base=1)
    with pytest.raises(Overtaken):
        sign(wording)
    assert told() == ()


def test_two_who_change_the_same_wording_do_not_overwrite_each_other():
    wording = write()
    write(at=wording.notice, base=1)
    with pytest.raises(Overtaken):
        write(at=wording.notice, base=1)


@pytest.mark.parametrize(
    ("review", "field"),
    [
        ({"reviewer": " "}, "reviewer"),
        ({"reviewed": TODAY + timedelta(days=1)}, "reviewed"),
        ({"expires": TODAY - timedelta(days=1)}, "expires"),
        ({"expires": TODAY + timedelta(days=800)}, "expires"),
    ],
)
def test_a_review_that_none_can_be_is_refused(review, field):
    with pytest.raises(NoticeError) as refused:
        sign(write(), **review)
    assert refused.value.fields["field"] == field
    assert told() == ()


def test_a_second_review_of_the_same_words_is_a_new_wording():
    wording = sign(write(), expires=TODAY + timedelta(days=2))
    again = sign(wording)
    assert (again.number, told()[0].expires) == (2, LATER)
    assert Wording.objects.get(number=1).expires == TODAY + timedelta(days=2)


def test_taking_out_needs_a_reason_and_can_be_undone():
    wording = sign(write())
    with pytest.raises(NoticeError):
        EndNotice(boss(), wording.notice, " ").execute()
    EndNotice(boss(), wording.notice, "Orla Venn, today").execute()
    assert told() == ()
    BringBack(boss(), wording.notice).execute()
    assert told() == (notice(),)


def test_none_of_the_settings_is_lost_because_another_was_written():
    in_settings = notice(country="UZ")
    assert told(in_settings) == (in_settings,)
    sign(write())
    assert told(in_settings) == (notice(), in_settings)


def test_one_that_stands_in_both_is_told_once():
    sign(write())
    assert told(notice()) == (notice(),)


def test_taking_over_changes_nothing_for_readers():
    in_settings = (notice(country="UZ"), notice(expires=TODAY - timedelta(days=3), reviewed=TODAY - timedelta(days=9)))
    assert TakeOver(boss(), in_settings).execute() == 2
    assert told(*in_settings) == in_settings
    assert TakeOver(boss(), in_settings).execute() == 0
    first = LegalNotice.objects.first()
    EndNotice(boss(), first, "gone").execute()
    assert told(*in_settings) == in_settings[1:]
    changed = notice(country="UZ", penalty={"en": "Worse."})
    assert told(changed) == (in_settings[1], changed)


def test_their_order_is_the_newspapers():
    first, second = sign(write()), sign(write(data={**DATA, "country": "UZ"}))
    OrderNotices(boss(), [second.notice_id, first.notice_id]).execute()
    assert [each.country for each in told()] == ["UZ", "TM"]


TEXTS = st.dictionaries(st.sampled_from(["en", "fa", "ru"]), st.text("abc", min_size=1, max_size=9)).map(
    lambda texts: {"en": "x", **texts}
)


@given(
    st.sets(st.sampled_from(Who), min_size=1),
    st.sets(st.sampled_from(Act), min_size=1),
    TEXTS,
    st.one_of(st.just({"": "Law"}), TEXTS),
    st.one_of(st.just({}), TEXTS),
    st.one_of(st.none(), st.dates()),
    st.sampled_from([(), ("fa",)]),
)
def test_a_notice_comes_back_from_its_wording(who, acts, penalty, law, text, since, languages):
    made = notice(
        who=tuple(one for one in Who if one in who),
        acts=tuple(act for act in Act if act in acts),
        penalty=penalty, law=law, text=text, since=since, languages=languages,
    )  # fmt: skip
    assert notice_of(data_of(made), made.reviewer, made.reviewed, made.expires) == made


# --- reminders ---


@pytest.fixture
def mailing(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_people_are_told_thirty_fourteen_and_three_days_before_and_when_it_has_ended(mailing):
    somebody("review_notices", name="lawyer")
    get_user_model().objects.create_user("stranger", "stranger@far-shore.example", "desk desk desk desk")
    wording = sign(write(), expires=TODAY + timedelta(days=40))
    sent = []
    for day in range(45):
        sent += [day] * remind(TODAY + timedelta(days=day))
    assert [40 - day for day in sent] == [30, 14, 3, -1]
    assert {address for message in mail.outbox for address in message.bcc} == {"lawyer@far-shore.example"}
    assert all("TM" not in message.body and "fine" not in message.body for message in mail.outbox)
    sign(wording)
    assert due_reviews() == []


def test_those_of_the_settings_are_told_by_mail_too_each_once_and_anew_after_a_review(mailing):
    somebody("review_notices", name="lawyer")
    fine, soon = notice(country="KZ"), notice(country="UZ", expires=TODAY + timedelta(days=2))
    sent = [day for day in range(5) if remind(TODAY + timedelta(days=day), (fine, soon))]
    assert sent == [0, 3], "three days before, and when it has ended"
    assert all("Notice 2 (tamizdat.toml): The review" in message.body for message in mail.outbox)
    assert all("UZ" not in message.body and "fine" not in message.body for message in mail.outbox)
    again = replace(soon, reviewed=TODAY + timedelta(days=5), expires=TODAY + timedelta(days=7))
    assert [remind(TODAY + timedelta(days=5), (fine, again)) for _ in range(2)] == [1, 0]
    TakeOver(boss(), (again,)).execute()
    assert remind(TODAY + timedelta(days=5), (fine, again)) == 1, "now it is the newsroom's own"
    assert "(tamizdat.toml)" not in mail.outbox[-1].body


def test_the_press_reminds_of_the_settings(mailing, monkeypatch):
    told_of = []
    monkeypatch.setattr("tamizdat.newsroom.pressroom.newsroom.remind_in_background", told_of.extend)
    told(notice())
    assert told_of == [notice()]


def test_one_that_is_found_late_is_told_once(mailing):
    somebody("review_notices", name="lawyer")
    sign(write(), reviewed=TODAY - timedelta(days=9), expires=TODAY - timedelta(days=1))
    assert [remind(), remind()] == [1, 0]


def test_mail_that_fails_is_tried_again(mailing, settings, monkeypatch):
    somebody("review_notices", name="lawyer")
    sign(write(), expires=TODAY + timedelta(days=2))
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", _refuse)
        assert remind() == 0
    assert remind() == 1


def _refuse(*_):
    raise ConnectionRefusedError(111, "nobody is there")


# --- screens ---


@pytest.fixture
def desk(client):
    client.force_login(boss())
    return client


FORM = {
    "country": "TM",
    "who": ["residents", "citizens"],
    "acts": ["sharing"],
    "penalty-in-en": "A fine.",
    "penalty-in-fa": "جریمه",
    "law-in-": "Law on Order",
    "law_url": "https://law.example/14",
    "since": "2024-03-01",
    "base": "0",
}


def test_write_review_and_sign_on_the_screens(desk):
    assert desk.get(reverse("notice_new")).status_code == 200
    made = desk.post(reverse("notice_new"), FORM)
    wording = Wording.objects.get()
    assert made.url == reverse("notice", args=[wording.notice_id])
    assert told() == ()
    assert "waits to be signed off" in desk.get(reverse("wagtailadmin_home")).content.decode()
    page = desk.get(made.url)
    for _tag, _name, address in page.context["proofs"]:
        assert "Law on Order" in desk.get(address).content.decode()
    review = {"act": "sign", "number": "1", "reviewer": "Orla Venn", "reviewed": str(TODAY), "expires": str(LATER)}
    assert desk.post(made.url, review).status_code == 302
    (found,) = told()
    assert (found.country, found.penalty, found.law) == ("TM", {"en": "A fine.", "fa": "جریمه"}, {"": "Law on Order"})
    assert (found.reviewer, found.expires, str(found.since)) == ("Orla Venn", LATER, "2024-03-01")
    edit = desk.get(reverse("notice_edit", args=[wording.notice_id])).content.decode()
    assert "جریمه" in edit


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"country": ""}, "country"),
        ({"who": []}, "who"),
        ({"acts": []}, "acts"),
        ({"penalty-in-en": "", "penalty-in-fa": ""}, "penalty"),
        ({"penalty-in-en": ""}, "penalty"),
        ({"law-in-": ""}, "law"),
        ({"law_url": "gopher://law"}, "law_url"),
        ({"penalty-more-tag": "not a tag", "penalty-more": "x"}, "penalty"),
        ({"penalty-in-en": "x" * 601}, "penalty"),
    ],
)
def test_what_the_notice_refuses_is_said_at_its_field(desk, change, field):
    answer = desk.post(reverse("notice_new"), {**FORM, **change})
    assert field in answer.context["form"].errors
    assert not LegalNotice.objects.exists()


def test_another_language_can_be_added(desk):
    desk.post(reverse("notice_new"), {**FORM, "penalty-more-tag": "tk", "penalty-more": "Jerime."})
    assert Wording.objects.get().data["penalty"]["tk"] == "Jerime."
    page = desk.get(reverse("notice_edit", args=[LegalNotice.objects.get().pk])).content.decode()
    assert 'name="penalty-in-tk"' in page


def test_a_form_that_was_overtaken_says_so_and_keeps_what_was_typed(desk):
    wording = write()
    write(data={**DATA, "penalty": {"en": "Theirs."}}, at=wording.notice, base=1)
    address = reverse("notice_edit", args=[wording.notice_id])
    answer = desk.post(address, {**FORM, "base": "1", "penalty-in-en": "Mine."})
    assert answer.context["overtaken"].number == 2
    assert "Mine." in answer.content.decode()
    assert desk.post(address, {**FORM, "base": "2", "penalty-in-en": "Mine."}).status_code == 302


def test_expired_ones_are_loud_on_the_first_page_and_in_the_list(desk):
    sign(write(), reviewed=TODAY - timedelta(days=9), expires=TODAY - timedelta(days=1))
    for address in (reverse("wagtailadmin_home"), reverse("notices")):
        page = desk.get(address).content.decode()
        assert "nobody has checked this since" in page
        assert "tz-loud" in page


def test_only_those_concerned_see_notices(client):
    client.force_login(somebody(name="nobody"))
    assert client.get(reverse("notices")).status_code == 302
    assert "notices-to-review" not in client.get(reverse("wagtailadmin_home")).content.decode()
    client.force_login(somebody("review_notices", name="lawyer"))
    wording = write()
    assert client.get(reverse("notice", args=[wording.notice_id])).status_code == 200
    assert client.get(reverse("notice_edit", args=[wording.notice_id])).status_code == 302
    client.post(reverse("notice", args=[wording.notice_id]), {"act": "end", "reason": ""})
    assert LegalNotice.objects.get().ended is None


def test_many_notices_cost_few_queries(desk, django_assert_max_num_queries):
    for at, country in enumerate(itertools.islice(("TM", "UZ", "IR", "RU", "BY", "AZ", "TJ", "KZ"), 8)):
        wording = write(data={**DATA, "country": country})
        if at % 2:
            sign(wording, expires=TODAY + timedelta(days=at))
    desk.get(reverse("notices"))
    with django_assert_max_num_queries(40):
        desk.get(reverse("notices"))
    with django_assert_max_num_queries(40):
        desk.get(reverse("wagtailadmin_home"))


@pytest.mark.parametrize("reason", ["x" * 601, "Orla\0Venn", "Orla\u202eVenn\x07"])
def test_a_reason_that_cannot_be_kept_is_refused_in_words_and_stays_in_its_form(desk, reason):
    wording = sign(write())
    answer = desk.post(reverse("notice", args=[wording.notice_id]), {"act": "end", "reason": reason})
    assert answer.status_code == 200
    assert answer.context["end_fault"]
    assert f'value="{reason}"' in answer.content.decode()
    assert told() == (notice(),)


def test_the_history_says_why_a_notice_was_out_after_it_came_back(desk):
    address = reverse("notice", args=[sign(write()).notice_id])
    for reason in ("Orla Venn: repealed", "Orla Venn: repealed once more"):
        desk.post(address, {"act": "end", "reason": reason})
        desk.post(address, {"act": "back"})
        desk.post(address, {"act": "back"})
    html = desk.get(address).content.decode()
    acts = [(act.message, act.data["reason"]) for act in desk.get(address).context["acts"]]
    assert acts == [
        ("Brought back", "Orla Venn: repealed once more"),
        ("Taken out", "Orla Venn: repealed once more"),
        ("Brought back", "Orla Venn: repealed"),
        ("Taken out", "Orla Venn: repealed"),
    ]
    assert html.count("<bdi>Orla Venn: repealed once more</bdi>") == 2
    assert told() == (notice(),)


def test_the_history_says_all_that_each_wording_said(desk):
    made = desk.post(reverse("notice_new"), {**FORM, "languages": ["fa"]})
    desk.post(
        f"{made.url}edit/", {**FORM, "base": "1", "who": ["stateless"], "acts": ["liking"], "since": "2025-01-01"}
    )
    html = desk.get(made.url).content.decode().partition('<ol class="tz-history">')[2].partition("</ol>")[0]
    before = html[html.rindex("<details>") :]
    for said in (
        "everybody who lives there, everybody with its passport, abroad too",
        "sharing",
        "https://law.example/14",
        "2024-03-01",
        "Turkmenistan",
        "فارسی",
    ):
        assert f"<bdi>{said}</bdi>" in before
    for said in ("stateless people who live there", "liking", "2025-01-01"):
        assert f"<bdi>{said}</bdi>" in html
        assert said not in before


def test_notices_of_the_settings_are_reminded_of_too(desk, monkeypatch):
    soon = notice(country="UZ", expires=TODAY + timedelta(days=3))
    late, fine = notice(country="KZ", reviewed=TODAY - timedelta(days=9), expires=TODAY - timedelta(days=1)), notice()
    settings = replace(publication_settings(), notices=(soon, late, fine))
    for place in ("wagtail_hooks", "views"):
        monkeypatch.setattr(f"tamizdat.newsroom.notices.{place}.publication_settings", lambda: settings)
    for address in ("wagtailadmin_home", "notices"):
        html = desk.get(reverse(address)).content.decode()
        assert "Uzbekistan: sharing" in html
        assert "The review counts for 3 more days." in html
        assert html.count("The review has expired.") == 1
        assert ("Turkmenistan" in html) == (address == "notices")
    sign(write(data=data_of(soon)), expires=soon.expires)
    assert [due.wording.notice_id is None for due in due_reviews(settings=settings.notices)] == [True, False]
    desk.post(reverse("notices"), {"act": "take"})
    assert all(due.wording.notice_id for due in due_reviews(settings=settings.notices))

"""Headlines of drafts, asked for in ways in which no screen asks, and where Wagtail shows them beside what is out."""

import pytest
from desk_kit import write
from django.urls import reverse
from people_kit import member

pytestmark = pytest.mark.django_db
SECRET = "Secret inquiry"
PUBLISHING = ["wagtailcore", "page", "publish"]


def seen(client, address, query=None):
    """All that a browser would show of it, also after it was led elsewhere."""
    answer = client.get(address, query or {}, follow=True)
    assert answer.status_code < 500, (address, query)
    return answer.content.decode() + str(answer.headers)


SPELLINGS = ("{} ", " {}", "+{}", "00{}", "0000000000000000000{}", "_{}", "4_2")


@pytest.mark.parametrize("written", [*SPELLINGS, "x", "", "99999999999999999999", "-1"])
def test_a_number_that_no_screen_writes_so_leads_to_no_draft(client, written):
    secret = write(SECRET, pk=42)
    client.force_login(member("thief", "editor:ru"))
    client.raise_request_exception = False
    asked = {"id": written.format(secret.pk), "next": "/admin/"}
    assert SECRET not in seen(client, reverse("wagtailadmin_choose_page_chosen_multiple"), asked)
    assert SECRET not in seen(client, reverse("wagtail_bulk_action", args=PUBLISHING), asked)

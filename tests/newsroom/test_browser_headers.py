"""A walk through all main screens: nothing is blocked by the policy, asked of other hosts, or broken on the console."""

from browser_kit import WHOLE_NEWSROOM, browsing, log_in_with_password
from desk_kit import newspaper, person, picture, publish, write
from django.urls import reverse

pytestmark = WHOLE_NEWSROOM


def log_in(page) -> None:
    log_in_with_password(page, "desk", "desk desk desk desk")
    page.wait_for_url("**/admin/")


def screens() -> list[str]:
    desk = person()
    story = publish(write("Harbour strike ends", language="en", lead="The dock workers go back."))
    image = picture()
    home = newspaper("en")
    return [
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_explore_root"),
        reverse("wagtailadmin_explore", args=[home.pk]),
        reverse("wagtailadmin_pages:add", args=["stories", "storypage", home.pk]),
        reverse("wagtailadmin_pages:edit", args=[story.pk]),
        reverse("wagtailadmin_pages:history", args=[story.pk]),
        reverse("wagtailadmin_pages:unpublish", args=[story.pk]),
        reverse("wagtailadmin_pages:delete", args=[story.pk]),
        reverse("wagtailadmin_pages:search") + "?q=harbour",
        reverse("wagtail_localize:submit_page_translation", args=[story.pk]),
        reverse("wagtailimages:index"),
        reverse("wagtailimages:add"),
        reverse("wagtailimages:edit", args=[image.pk]),
        *(
            reverse(f"wagtailsnippets_stories_{term}:{view}")
            for term in ("section", "byline")
            for view in ("list", "add")
        ),
        reverse("wagtailusers_users:index"),
        reverse("wagtailusers_users:add"),
        reverse("wagtailusers_users:edit", args=[desk.pk]),
        reverse("people_roles", args=[desk.pk]),
        reverse("mfa_index"),
        reverse("wagtailadmin_account"),
        reverse("wagtailusers_groups:index"),
        reverse("wagtailusers_groups:add"),
        reverse("wagtailadmin_reports:site_history"),
        reverse("wagtailadmin_reports:locked_pages"),
        reverse("wagtailadmin_reports:workflow"),
        reverse("wagtailadmin_workflows:index"),
        reverse("wagtailadmin_workflows:add"),
        reverse("wagtailadmin_collections:index"),
    ]


def test_no_screen_is_blocked_asks_elsewhere_or_breaks(live_server):
    addresses = screens()
    with browsing(live_server.url, viewport={"width": 1280, "height": 900}) as (page, complaints):
        log_in(page)
        page.goto(reverse("account_reauthenticate"))
        page.fill("[name=password]", "desk desk desk desk")
        page.locator("form.people-form button").first.click()
        page.wait_for_url("**/admin/")
        for address in addresses:
            answer = page.goto(address)
            page.wait_for_load_state("networkidle")
            assert answer.status == 200, address
            assert "unsafe-inline" not in answer.header_value("content-security-policy").split("style-src")[0]
    assert not complaints.found


def test_a_story_is_written_with_every_block_and_seen_as_readers_will(live_server, room):
    person()
    picture("A quay")
    home = newspaper("en")
    with browsing(live_server.url, viewport={"width": 1600, "height": 1200}) as (page, complaints):
        log_in(page)
        page.goto(reverse("wagtailadmin_pages:add", args=["stories", "storypage", home.pk]))
        page.fill("#id_title", "Harbour strike ends")
        for label in LABELS:
            page.locator("[data-contentpath=body] button.c-sf-add-button:visible").last.click()
            page.locator("[role=listbox]:visible, .w-combobox:visible").first.wait_for()
            page.locator("[role=option]:visible").get_by_text(label, exact=True).first.click()
        page.get_by_role("button", name="Choose an image").last.click()
        page.locator("[data-chooser-modal-choice]").first.click()
        page.locator("[data-chooser-modal-choice]").first.wait_for(state="detached")
        page.locator("button[aria-label='Toggle preview'], [data-side-panel-toggle=preview]").first.click()
        page.wait_for_load_state("networkidle")
    assert not complaints.found


LABELS = ("Quotation", "Picture", "Table", "Video, post or map elsewhere", "Sound", "Text")


def test_the_preview_runs_no_script_and_sends_nothing(live_server, room):
    person()
    story = publish(write("Harbour strike ends", language="en"))
    with browsing(live_server.url) as (page, complaints):
        log_in(page)
        answer = page.goto(reverse("wagtailadmin_pages:view_draft", args=[story.pk]))
        policy = answer.header_value("content-security-policy")
        assert "sandbox" in policy
        assert "script-src" not in policy
        assert "allow-scripts" not in policy
        assert "default-src 'none'" in policy
        assert page.locator("h1").inner_text() == "Harbour strike ends"
    assert not complaints.found


def test_an_injected_script_does_not_run(live_server):
    """What the policy is for: markup that got into a page by a mistake somewhere."""
    person()
    with browsing(live_server.url) as (page, complaints):
        log_in(page)
        for markup in (
            "<img src=x onerror='window.ran = 1'>",
            "<script>window.ran = 1</script>",
            "<script type='application/json' data-start='eval'>[\"window.ran = 1\"]</script>",
            "<script type='application/json' data-start='setTimeout'>[\"window.ran = 1\"]</script>",
        ):
            page.evaluate("html => document.body.append(document.createRange().createContextualFragment(html))", markup)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in said for said in complaints.found)

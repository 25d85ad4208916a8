"""Comments in a browser: a story's form, in which the answer to a save can be held back."""

import re
import time
from contextlib import suppress

from browser_kit import ATTEMPTS, attempt, wait_until
from wagtail.models import Comment

from tamizdat.newsroom.stories.models import StoryPage

CLICK_MS = 10_000
ACTED_SECONDS = 15


def newest():
    """The newest story as it was typed last."""
    story = StoryPage.objects.order_by("-pk").first()
    return story.get_latest_revision_as_object() if story and story.latest_revision_id else None


class Form:
    """A story's form. A click that the page swallowed, because a list moved under it, is made again."""

    def __init__(self, page, story):
        self.page, self.story = page, story
        self.begun = page.get_by_placeholder("Enter your comments")
        self.reply = page.get_by_placeholder("Enter your reply")

    def hold(self):
        """What the server says to the next save is held until the returned function is called."""
        held = []

        def hold(route):
            if held or route.request.method != "POST":
                route.continue_()
            else:
                held.append(route)
                held.append(route.fetch())

        def let_go():
            self.until(lambda: len(held) == 2)
            held[0].fulfill(response=held[1])

        self.page.route("**/edit/", hold)
        return held, let_go

    def until(self, condition):
        wait_until(condition, lambda: self.page.wait_for_timeout(50))

    def save(self, headline):
        """Everything, because the headline is another one."""
        self.page.locator("#id_title").click()
        self.page.locator("#id_title").fill(headline)
        self.until(lambda: newest().title == headline)
        self.page.wait_for_timeout(1_500)  # the answer is there, too, and the form has come to rest

    def begin(self, words):
        """A comment on the text, not said yet."""
        self._new(self._mark, words)

    def begin_on_lead(self, words):
        """A comment on the lead, not said yet."""
        lead = self.page.locator("[data-contentpath=lead]")

        def add():
            lead.hover()
            lead.get_by_role("button", name="Add comment").click(timeout=CLICK_MS)

        self._new(add, words)

    def _mark(self):
        self.page.locator(".public-DraftEditor-content").first.get_by_text("The owner fled.").click(timeout=CLICK_MS)
        self.page.keyboard.press("Home")
        self.page.keyboard.press("Shift+End")
        self.page.get_by_role("button", name=re.compile("Add a comment")).click(timeout=CLICK_MS)

    def _new(self, add, words):
        at = self.begun.count()
        attempt(add, self.begun.nth(at))
        self.page.wait_for_timeout(500)  # it draws the focus to itself for a while
        self.begun.nth(at).fill(words)

    def say(self, at=0):
        """The comment that was begun; where there are several, the one at this place."""
        buttons = self.page.get_by_role("button", name="Comment", exact=True)
        buttons.nth(at).wait_for()
        left = buttons.count() - 1
        attempt(lambda: buttons.nth(at).click(timeout=CLICK_MS), buttons.nth(left), "hidden")

    def comment(self, words=""):
        """One that was said."""
        return self.page.locator(".comment").filter(has_text=words)

    def begin_reply(self, words, comment=""):
        """A reply, not said yet."""
        if not self.reply.is_visible():
            attempt(lambda: self.comment(comment).click(timeout=CLICK_MS), self.reply)
        self.reply.fill(words)

    def say_reply(self):
        button = self.page.get_by_role("button", name="Reply", exact=True)
        said = self.page.locator("textarea[placeholder^='Enter your reply']:placeholder-shown")
        attempt(lambda: button.click(timeout=CLICK_MS), said)

    def act(self, name, comment=""):
        """An entry of the menu of a comment."""
        more = self.comment(comment).get_by_role("button", name="More actions")
        entry = self.page.get_by_role("menuitem", name=name)
        attempt(lambda: more.click(timeout=CLICK_MS), entry)
        attempt(lambda: entry.click(timeout=CLICK_MS), entry, "hidden")

    def act_until(self, sign, name, comment=""):
        """The same until ``sign`` holds: a menu that is drawn anew closes, too, and nothing was done."""
        for _ in range(ATTEMPTS):
            with suppress(AssertionError):
                self.act(name, comment)
            until = time.monotonic() + ACTED_SECONDS
            while time.monotonic() < until:
                if sign():
                    return
                self.page.wait_for_timeout(50)
        raise AssertionError(f"{ATTEMPTS} times in vain: {name}")

    def comments(self):
        """What the server has, without what was resolved."""
        return sorted(Comment.objects.filter(page=self.story, resolved_at=None).values_list("text", flat=True))

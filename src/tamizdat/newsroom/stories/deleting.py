"""Who may delete what, take it down, and take its time from it; and what nobody does with a story.

Wagtail lets whoever may change a page delete it; here heads of desk do.

Its screens, lists and bulk actions all ask these, so that nobody is shown a button that refuses.
"""

from typing import Any

from wagtail.models import PagePermissionTester

from tamizdat.newsroom.stories.locks import lock_for


class _Permissions(PagePermissionTester):  # type: ignore[misc,unused-ignore] # Wagtail has no types
    """What somebody may do with stories of a newspaper: asked of a story, or of the newspaper once it is deleted."""

    page: Any
    user: Any

    def can_publish_story(self) -> bool:
        """Whoever publishes in this language may."""
        return bool(self.user.is_active and (self.user.is_superuser or "publish" in self.permissions))

    def can_unschedule(self) -> bool:
        """Who publishes may, past nobody else's lock: to take its time from a story is to change it."""
        return bool(super().can_unschedule()) and lock_for(self.page, self.user) is None

    def can_copy(self) -> bool:
        """Never: the copy would have the story's id and language, and be that story to readers."""
        return False

    def can_move(self) -> bool:
        """Never: a story is where its language is, and lists have an order of their own."""
        return False

    def can_move_to(self, destination: Any) -> bool:
        """Never. Wagtail asks this alone of administrators, and of whoever puts pages in another order."""
        del destination
        return False

    def can_set_view_restrictions(self) -> bool:
        """Never: readers get what is published, and Wagtail's “privacy” would keep nothing of it from anybody."""
        return False

    def can_take_down(self) -> bool:
        """Heads of desk of this language may, unless an administrator took that from the role."""
        return bool(self.user.is_active and self._is_head() and self.user.has_perm("corrections.take_down"))

    def _is_head(self) -> bool:
        return bool(self.user.is_superuser or "bulk_delete" in self.permissions)


class NewspaperPermissions(_Permissions):
    """What somebody may do with a newspaper. Nobody deletes one: its stories go with it, and who may what.

    Nobody takes one from readers, either, with all its stories in one go; and there is one for each language.
    """

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Never."""
        del ignore_bulk
        return False

    def can_unpublish(self) -> bool:
        """Never."""
        return False


class StoryPermissions(_Permissions):
    """What somebody may do with a story."""

    def can_unpublish(self) -> bool:
        """Who publishes may, past nobody else's lock. An update that waits for its time keeps nobody: it goes, too."""
        return bool(self.page.live) and self.can_publish_story() and lock_for(self.page, self.user) is None

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Heads of desk may, and whoever wrote it as long as it was never out; nobody past another's lock."""
        del ignore_bulk
        if not self.user.is_active or not (self._is_head() or self._is_own_draft()):
            return False
        return lock_for(self.page, self.user) is None

    def _is_own_draft(self) -> bool:
        page = self.page
        never_out = not page.live and page.first_published_at is None
        return never_out and page.owner_id == self.user.pk and bool(self.permissions & {"add", "change"})

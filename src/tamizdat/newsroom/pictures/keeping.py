"""Where originals lie. Nobody deletes one by the way: two library pictures may share it, and releases name it."""

from typing import Final

from django.core.files.storage import FileSystemStorage

ORIGINALS: Final = "originals/"


class Originals(FileSystemStorage):
    """A folder in which originals stay when a library picture goes"""

    def delete(self, name: str) -> None:
        """Delete a size that was made for a screen; an original stays."""
        if not name.startswith(ORIGINALS):
            super().delete(name)

    def forget(self, name: str) -> None:
        """Delete an original that nothing names any more."""
        super().delete(name)

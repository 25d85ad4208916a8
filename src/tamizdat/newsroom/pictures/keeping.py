"""Where originals lie. Nobody deletes one by the way: two library pictures may share it, and releases name it."""

from typing import Any, Final

from django.core.files.storage import FileSystemStorage

ORIGINALS: Final = "originals/"


class Keeping:
    """Mixed into a storage: originals stay when a library picture goes."""

    def delete(self, name: str) -> None:
        """Delete a size that was made for a screen; an original stays."""
        if not name.startswith(ORIGINALS):
            self.forget(name)

    def forget(self, name: str) -> None:
        """Delete whatever it is, as an original that nothing names any more."""
        storage: Any = super()
        storage.delete(name)


class Originals(Keeping, FileSystemStorage):
    """A folder."""

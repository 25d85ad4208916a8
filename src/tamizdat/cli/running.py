"""Groups of commands whose first command needs no name: ``tamizdat mirror DIR``, ``tamizdat newsroom DIR``."""

from typing import Any

from typer.core import TyperGroup


class RunningGroup(TyperGroup):
    """A first word that is no command of the group is what its command ``run`` is given."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer keeps these types to itself
        """The command that ``args`` name, or ``run``."""
        if args and args[0] not in self.commands:
            args = ["run", *args]
        return super().resolve_command(ctx, args)

"""Groups of commands whose first command needs no name: ``tamizdat mirror DIR``, ``tamizdat newsroom DIR``."""

from typing import Any

from typer.core import TyperGroup


class RunningGroup(TyperGroup):
    """A first word that is no command of the group, or an option, is what its command ``run`` is given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer keeps its type to itself
        """Put the name of the command before ``args`` where it is missing."""
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = ["run", *args]
        return super().parse_args(ctx, args)

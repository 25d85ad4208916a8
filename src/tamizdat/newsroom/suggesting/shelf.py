"""Keys of glossaries that a service keeps for us."""

from tamizdat.newsroom.suggesting.models import LentGlossary


class LentShelf:
    """In the newsroom's database."""

    def key(self, service: str, pair: str, digest: str) -> str:
        """The key of the glossary with these words; empty if there is none."""
        found = LentGlossary.objects.filter(service=service, pair=pair, digest=digest).first()
        return found.key if found else ""

    def put(self, service: str, pair: str, digest: str, key: str) -> str:
        """Keep the key; the one that was there for the pair before, or empty."""
        before = LentGlossary.objects.filter(service=service, pair=pair).first()
        LentGlossary.objects.update_or_create(service=service, pair=pair, defaults={"digest": digest, "key": key})
        return before.key if before else ""

    def others(self, service: str, pair: str) -> list[tuple[str, str]]:
        """What was lent for the pair at the same address under other keys: services and keys of glossaries."""
        address = service.partition("#")[0]
        rows = LentGlossary.objects.filter(service__startswith=f"{address}#", pair=pair).exclude(service=service)
        return list(rows.order_by("pk").values_list("service", "key"))

    def forget(self, service: str, key: str) -> None:
        """Keep no such key."""
        LentGlossary.objects.filter(service=service, key=key).delete()

"""Originals in a bucket (S3). Only the newsroom asks the bucket: editors' browsers never learn of it."""

from storages.backends.s3 import S3Storage

from tamizdat.newsroom.pictures.keeping import Keeping


class Bucket(Keeping, S3Storage):
    """A bucket that may be private, and should be."""

    def url(self, name: str, parameters: object = None, expire: object = None, http_method: object = None) -> str:
        """Where the newsroom itself hands it out, to those who are logged in."""
        del parameters, expire, http_method
        return f"/pictures/{name}"

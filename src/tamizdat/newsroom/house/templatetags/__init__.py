"""Tags of the house's templates."""

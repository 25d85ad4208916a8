"""Right and wrong: corrections, clarifications, retractions and takedowns, each an object with a reason and a time."""

"""Spring 2020 for one synthetic city: 403 sites, 38 days, lived through the same commands as production."""

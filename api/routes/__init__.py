"""The routes of ``/api/v1``: one file per area; every path stands whole in its decorator."""

"""The real PostgreSQL 18 that comes in a wheel, started by us in a data folder: no server to install.

Only the binaries of the wheel are taken. What its own starter gets wrong is done here:

* nothing but our own data folder changes owner, and no folder that was there before changes its permissions;
* a server is alive when it answers a query about our folder, never because a file holds a number;
* recovery after a crash may take as long as it takes;
* set-up and start happen under a file lock, and whoever uses the server holds another: the last user stops it;
* the socket lies in a short private folder of its own, so that the data may lie at any path.

Start reading at `cluster.py`.
"""

from adapters.embedded.cluster import Cluster
from adapters.embedded.errors import ClusterError

__all__ = ["Cluster", "ClusterError"]

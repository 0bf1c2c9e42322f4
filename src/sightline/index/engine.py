"""LanceDB as we load it: the one module that imports it. It takes about a second."""

import os

# Its engine writes warnings about harmless things ("partition 0 is empty") to standard error.
# It reads this once, while it is loaded; a user who debugs may set it before.
os.environ.setdefault("LANCEDB_LOG", "error")

from lancedb import DBConnection, Session, connect
from lancedb.index import FTS, BTree, IvfRq, IvfSq
from lancedb.query import BooleanQuery, FullTextOperator, FullTextQuery, MatchQuery, Occur
from lancedb.table import Table

__all__ = [
    "FTS",
    "BTree",
    "BooleanQuery",
    "DBConnection",
    "FullTextOperator",
    "FullTextQuery",
    "IvfRq",
    "IvfSq",
    "MatchQuery",
    "Occur",
    "Session",
    "Table",
    "connect",
]

"""The SQL that turns a view's records and persons into the graph's files.

Guarantees: each statement reads only the tables of one view's folder (under their declared names),
the pack's codes and public reference tables; each relationship joins the rows at both of its ends,
so none dangles; every aggregate is ordered, so equal rows give equal files.

The statements stand in the order in which graph.schema declares what they fill.
"""

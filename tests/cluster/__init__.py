"""A real OpenSearch under the tests: what is asked of the cluster is asked of one.

``artifacts`` fetches it from Maven Central, ``nodes`` starts one process for each node on
loopback, ``keeping`` ends them when nobody uses them any more, and ``conftest`` shares one cluster
of three nodes among the processes of a test run.
"""

"""The same contract on OpenSearch, for what outgrows one machine."""

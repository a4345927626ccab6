"""The city service gateway of the sandbox (contracts/gateway.openapi.yaml), on the city's database."""

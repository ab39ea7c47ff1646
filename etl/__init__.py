"""The files' entrance: from whatever a GIS office has to staged rows, each refusal explained."""

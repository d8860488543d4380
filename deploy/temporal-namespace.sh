#!/bin/sh
# Makes the namespace, or keeps it, with 90 days of closed histories: an outage of the archiver loses nothing.
set -eu

temporal operator namespace describe "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --retention 90d "$TEMPORAL_NAMESPACE"
temporal operator namespace update --retention 90d "$TEMPORAL_NAMESPACE"

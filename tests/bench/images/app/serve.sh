#!/bin/sh
# Ends when it is told to, as a well-behaved service does (the first process of a container ignores TERM by default).
httpd -f -v -p "$PORT" -h /www &
server=$!
trap 'kill $server; exit 0' TERM INT
echo "$SERVICE $VERSION listening on port $PORT"
wait $server

# Asks the name server where the greeter is, and calls it there.
nameserver=${NAMESERVER:-localhost:9090}

post() {
  curl -s -H 'content-type: application/json' -d "$2" "http://$1/"
}

uri=$(post "$nameserver" '{"jsonrpc":"2.0","id":1,"method":"nameserver.lookup","params":["greeter"]}' | sed 's/.*"result":"\([^"]*\)".*/\1/')
post "${uri#*@}" "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"${uri%%@*}.greet\",\"params\":[\"curl\"]}"
echo

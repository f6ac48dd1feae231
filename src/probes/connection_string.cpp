#include "probes/connection_string.h"

#include <map>

#include "base/strings.h"
#include "net/outbound_policy.h"
#include "probes/failure.h"

namespace probes {
namespace {

// "Key=value" pairs; names in lower case without spaces. The first '=' ends the name: Base64 has more of them.
std::map<std::string, std::string> pairs_of(std::string_view text) {
  std::map<std::string, std::string> pairs;
  for (const auto& part : base::split(text, ';')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = base::replace_all(base::to_lower(base::trim(part.substr(0, equals))), " ", "");
    pairs[name] = std::string(base::trim(std::string_view(part).substr(equals + 1)));
  }
  return pairs;
}

}  // namespace

base::Result<ServiceBusAddress> read_service_bus(const base::Secret& text) {
  auto pairs = pairs_of(text.reveal());
  std::string endpoint = pairs["endpoint"];
  if (!base::to_lower(endpoint).starts_with("sb://")) {
    return failed_at(Stage::kInput, "The connection string has no Endpoint=sb://….");
  }
  endpoint.erase(0, 5);
  endpoint.erase(std::min(endpoint.find_first_of("/:"), endpoint.size()));
  const auto host = net::canonical_host(endpoint);
  if (!host) return failed_at(Stage::kInput, "The Endpoint of the connection string has no host name.");
  ServiceBusAddress address{*host, pairs["sharedaccesskeyname"], pairs["entitypath"],
                            base::Secret(pairs["sharedaccesskey"])};
  if (address.key_name.empty() || address.key.empty()) {
    return failed_at(Stage::kInput, "The connection string lacks SharedAccessKeyName or SharedAccessKey.");
  }
  return address;
}

base::Result<SqlAddress> read_sql_address(std::string_view text) {
  auto pairs = pairs_of(text);
  std::string server;
  for (const char* name : {"server", "datasource", "addr", "address", "networkaddress"}) {
    if (server.empty()) server = pairs[name];
  }
  if (base::to_lower(server).starts_with("tcp:")) server.erase(0, 4);
  SqlAddress address;
  if (const auto comma = server.find(','); comma != std::string::npos) {
    const auto port = base::to_integer(base::trim(std::string_view(server).substr(comma + 1)));
    if (!port || *port < 1 || *port > 65'535)
      return failed_at(Stage::kInput, "The port in the target is not a number.");
    address.port = static_cast<int>(*port);
    server.erase(comma);
  }
  const auto host = net::canonical_host(base::trim(server));
  if (!host) return failed_at(Stage::kInput, "The target has no Server=tcp:HOST,PORT.");
  address.server = *host;
  address.database = pairs["database"].empty() ? pairs["initialcatalog"] : pairs["database"];
  for (const char* name : {"connectiontimeout", "connecttimeout"}) {
    if (const auto seconds = base::to_integer(pairs[name])) address.timeout_s = static_cast<int>(*seconds);
  }
  return address;
}

}  // namespace probes

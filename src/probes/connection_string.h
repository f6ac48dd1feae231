#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace probes {

// "Endpoint=sb://NAME.servicebus.windows.net/;SharedAccessKeyName=…;SharedAccessKey=…[;EntityPath=…]". Stage kInput.
struct ServiceBusAddress {
  std::string host, key_name, entity;
  base::Secret key;
};
base::Result<ServiceBusAddress> read_service_bus(const base::Secret& text);

// "Server=tcp:HOST,PORT;Database=…;…" (SqlConnection.ConnectionString). Stage kInput.
struct SqlAddress {
  std::string server, database;
  int port = 1433;
  int timeout_s = 0;
};
base::Result<SqlAddress> read_sql_address(std::string_view text);

}  // namespace probes

#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/context.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

const std::vector<Field> kSystemDetails{{"Version", "attributes.version"},
                                        {"Started", "attributes.started-at"},
                                        {"Database", "attributes.database.kind"},
                                        {"Database, bytes", "attributes.database.size-bytes"},
                                        {"Disk free, bytes", "attributes.disk.free-bytes"},
                                        {"Disk size, bytes", "attributes.disk.size-bytes"},
                                        {"Open connections", "attributes.http.open-connections"}};
const std::vector<Field> kQueueFields{{"QUEUE", "kind"},  {"DUE", "due"},         {"OLDEST, s", "oldest-due-seconds"},
                                      {"LATER", "later"}, {"RUNNING", "running"}, {"PARKED", "parked"}};

}  // namespace

void add_system_commands(Program& program) {
  auto* system = program.app.add_subcommand("system", "The server itself")->require_subcommand(1);
  system->add_subcommand("show", "Version, database, disk and queues; for site administrators")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json found, context.api().get("/admin/system"));
      RETURN_IF_ERROR(context.show_one(found, kSystemDetails));
      const Json& attributes = found["data"]["attributes"];
      if (context.json() || jsonapi::get_array(attributes, "queues").empty()) return {};
      context.world().out << '\n';
      print_table(context.world().out, kQueueFields, attributes["queues"]);
      return {};
    };
  });
}

}  // namespace cli

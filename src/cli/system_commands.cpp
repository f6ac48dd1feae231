#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "cli/context.h"
#include "cli/sign_in.h"
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

const std::vector<Field> kKeyFields{{"KEY", "id"},
                                    {"STATE", "attributes.state"},
                                    {"SIGNS FROM", "attributes.signs-from"},
                                    {"LEAVES AT", "attributes.leaves-at"}};

// The keys that this server signs runs' tokens with.
void add_signing_key_commands(Program& program, CLI::App& system) {
  auto* key = system.add_subcommand("signing-key", "The keys of the tokens that runs receive")->require_subcommand(1);
  key->add_subcommand("list", "Which key signs, which comes, which is still published")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json found, context.api().get("/admin/signing-keys"));
      return context.show_list(found, kKeyFields, "No key yet: the first is made with the first token.");
    };
  });
  const auto overlap = std::make_shared<std::optional<std::int64_t>>();
  auto* rotate = key->add_subcommand("rotate", "Publish a new key, which signs when the overlap is over");
  rotate->add_option("--overlap-seconds", *overlap,
                     "How long it is published before it signs (86400); 0: signs at once and the others are erased");
  rotate->callback([&program, overlap] {
    program.action = [overlap](Context& context) -> base::Status {
      Json attributes = Json::object();
      if (*overlap) attributes["overlap-seconds"] = **overlap;
      ASSIGN_OR_RETURN(const Json made,
                       context.api().post("/admin/signing-keys",
                                          {{"data", {{"type", "signing-keys"}, {"attributes", attributes}}}}));
      const Json& added = made["data"];
      return context.done("The key " + jsonapi::get_text(added, "id") + " signs from " +
                              jsonapi::get_text(added, "attributes.signs-from") + ".",
                          made);
    };
  });
}

}  // namespace

void add_system_commands(Program& program) {
  auto* system = program.app.add_subcommand("system", "The server itself")->require_subcommand(1);
  add_signing_key_commands(program, *system);
  add_oauth_configuration_commands(program, *system);
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

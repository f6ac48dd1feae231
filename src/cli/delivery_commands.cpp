#include <memory>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "cli/context.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

const std::vector<Field> kDeliveryFields{{"ID", "id"},
                                         {"RECEIVED", "attributes.received-at"},
                                         {"EVENT", "attributes.event-name"},
                                         {"REPOSITORY", "attributes.repository"},
                                         {"STATE", "attributes.state"},
                                         {"REASON", "attributes.reason"}};
const std::vector<Field> kHookFields{{"ID", "id"},
                                     {"REPOSITORY", "attributes.repository"},
                                     {"STATUS", "attributes.status"},
                                     {"LAST EVENT", "attributes.last-event-at"},
                                     {"LAST ERROR", "attributes.last-error"}};
const std::vector<Field> kAuditFields{{"WHEN", "attributes.created-at"},
                                      {"WHO", "attributes.actor-name"},
                                      {"WHAT", "attributes.action"},
                                      {"TARGET", "attributes.target-id"}};

base::Status list(Context& context, const std::string& path, const std::vector<Field>& fields,
                  const std::string& when_empty) {
  ASSIGN_OR_RETURN(const auto full, context.organization_path(path));
  ASSIGN_OR_RETURN(const Json page, context.api().get(full));
  return context.show_list(page, fields, when_empty);
}

void add_replay(Program& program, CLI::App& delivery) {
  struct Options {
    std::string id, comment;
    bool force = false;
  };
  auto* replay = delivery.add_subcommand("replay", "Work through one again, with the settings of now");
  auto options = std::make_shared<Options>();
  replay->add_option("id", options->id, "From `delivery list`")->required();
  replay->add_flag("--force", options->force, "Make runs even where there are some already");
  replay->add_option("--comment", options->comment, "Why, for the audit log");
  replay->callback([&program, options] {
    program.action = [options](Context& context) -> base::Status {
      Json attributes = {{"force", options->force}};
      if (!options->comment.empty()) attributes["comment"] = options->comment;
      ASSIGN_OR_RETURN(const Json answer,
                       context.api().post("/deliveries/" + base::url_encode(options->id) + "/actions/replay",
                                          resource("deliveries", attributes)));
      return context.done(
          "Delivery " + options->id + " is worked through again; see `runbridge delivery show " + options->id + "`.",
          answer);
    };
  });
}

void add_delivery(Program& program) {
  auto* delivery =
      program.app.add_subcommand("delivery", "Webhook deliveries and what became of them")->require_subcommand(1);
  delivery->add_subcommand("list", "The latest")->callback([&program] {
    program.action = [](Context& context) {
      return list(context, "/deliveries", kDeliveryFields, "Nothing has been delivered yet.");
    };
  });
  auto* show = delivery->add_subcommand("show", "One delivery");
  auto id = std::make_shared<std::string>();
  show->add_option("id", *id, "From `delivery list`")->required();
  show->callback([&program, id] {
    program.action = [id](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json found, context.api().get("/deliveries/" + base::url_encode(*id)));
      return context.show_one(found, kDeliveryFields);
    };
  });
  add_replay(program, *delivery);
}

void add_rotate(Program& program, CLI::App& hook) {
  struct Options {
    std::string id;
    std::int64_t overlap = 3600;
  };
  auto* rotate = hook.add_subcommand("rotate", "Give it a new secret");
  auto options = std::make_shared<Options>();
  rotate->add_option("id", options->id, "From `hook list`")->required();
  rotate->add_option("--overlap-seconds", options->overlap,
                     "How long the secret before it counts after the provider has the new one; 0 if it is known to "
                     "others");
  rotate->callback([&program, options] {
    program.action = [options](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json answer,
                       context.api().post("/vcs-hooks/" + base::url_encode(options->id) + "/actions/rotate-secret",
                                          resource("vcs-hooks", {{"overlap-seconds", options->overlap}})));
      return context.done("Hook " + options->id +
                              " has a new secret, which is being brought to the provider; see "
                              "`runbridge hook list`.",
                          answer);
    };
  });
}

void add_hook(Program& program) {
  auto* hook = program.app.add_subcommand("hook", "Webhooks installed at providers")->require_subcommand(1);
  hook->add_subcommand("list", "List them with their state")->callback([&program] {
    program.action = [](Context& context) {
      return list(context, "/vcs-hooks", kHookFields,
                  "No hook yet; one is installed when a workspace connects to a repository.");
    };
  });
  auto* install = hook->add_subcommand("install", "Install it again now");
  auto id = std::make_shared<std::string>();
  install->add_option("id", *id, "From `hook list`")->required();
  install->callback([&program, id] {
    program.action = [id](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json answer,
                       context.api().post("/vcs-hooks/" + base::url_encode(*id) + "/actions/install", Json::object()));
      return context.done("Hook " + *id + " is being installed; see `runbridge hook list`.", answer);
    };
  });
  add_rotate(program, *hook);
}

}  // namespace

void add_delivery_commands(Program& program) {
  add_delivery(program);
  add_hook(program);
  auto* audit = program.app.add_subcommand("audit", "Who changed what")->require_subcommand(1);
  audit->add_subcommand("list", "The latest")->callback([&program] {
    program.action = [](Context& context) { return list(context, "/audit-events", kAuditFields, "Nothing yet."); };
  });
}

}  // namespace cli

#include <memory>
#include <nlohmann/json.hpp>
#include <span>

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

// What narrows a list: the option, and the query parameter that it becomes.
struct Narrowing {
  const char* option;
  const char* parameter;
  const char* help;
};
constexpr Narrowing kDeliveryNarrowings[] = {
    {"--search", "search[basic]", "Part of repository, event or reason, or an id"},
    {"--repository", "filter[repository]", "One repository"},
    {"--provider", "filter[oauth-client]", "One provider (oc-… id)"},
    {"--state", "filter[state]", "received, done, ignored, parked, failed; with commas between"},
    {"--from", "filter[from]", "Not before this time (2026-01-02T03:04:05Z)"},
    {"--to", "filter[to]", "Not after this time"}};
constexpr Narrowing kAuditNarrowings[] = {
    {"--who", "filter[actor]", "Id, or part of a name"},
    {"--action", "filter[action]", "An action, or how it begins (workspace.)"},
    {"--target", "filter[target-id]", "Id of what was changed"},
    {"--target-type", "filter[target-type]", "Kind of what was changed (workspaces)"},
    {"--from", "filter[from]", "Not before this time (2026-01-02T03:04:05Z)"},
    {"--to", "filter[to]", "Not after this time"}};

base::Status list(Context& context, const std::string& path, const std::vector<Field>& fields,
                  const std::string& when_empty) {
  ASSIGN_OR_RETURN(const auto full, context.organization_path(path));
  ASSIGN_OR_RETURN(const Json page, context.api().get(full));
  return context.show_list(page, fields, when_empty);
}

// `list` with its options.
void add_list(Program& program, CLI::App& parent, const char* path, const std::vector<Field>& fields,
              std::span<const Narrowing> narrowings, const char* when_empty) {
  auto* command = parent.add_subcommand("list", "The latest");
  auto values = std::make_shared<std::vector<std::string>>(narrowings.size());
  for (std::size_t i = 0; i < narrowings.size(); ++i) {
    command->add_option(narrowings[i].option, (*values)[i], narrowings[i].help);
  }
  command->callback([&program, path, &fields, narrowings, values, when_empty] {
    program.action = [path, &fields, narrowings, values, when_empty](Context& context) {
      std::string query;
      for (std::size_t i = 0; i < narrowings.size(); ++i) {
        if ((*values)[i].empty()) continue;
        query += (query.empty() ? "?" : "&") + base::url_encode(narrowings[i].parameter) + "=" +
                 base::url_encode((*values)[i]);
      }
      return list(context, path + query, fields, when_empty);
    };
  });
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
  add_list(program, *delivery, "/deliveries", kDeliveryFields, kDeliveryNarrowings,
           "No delivery is there, or matches.");
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
  auto forgotten = std::make_shared<std::string>();
  auto* forget = hook->add_subcommand("forget", "Give up one that is left over, or cannot be removed at its provider");
  forget->add_option("id", *forgotten, "From `hook list`")->required();
  forget->callback([&program, forgotten] {
    program.action = [forgotten](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json gone, context.api().remove("/vcs-hooks/" + base::url_encode(*forgotten)));
      return context.done("Hook " + *forgotten + " is forgotten. If the provider still has it, delete it there.", gone);
    };
  });
}

}  // namespace

void add_delivery_commands(Program& program) {
  add_delivery(program);
  add_hook(program);
  auto* audit = program.app.add_subcommand("audit", "Who changed what")->require_subcommand(1);
  add_list(program, *audit, "/audit-events", kAuditFields, kAuditNarrowings, "Nothing is there, or matches.");
}

}  // namespace cli

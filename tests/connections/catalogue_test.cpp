// Every type and scheme of the catalogue through every part of its life. Nothing is skipped.
#include <map>

#include "base/strings.h"
#include "logging/log.h"
#include "tests/connections/connections_test.h"
#include "tests/support/connection_values.h"

namespace connections {
namespace {

using auth::attributes;
using auth::identifiers;

class EveryConnectionType : public ConnectionsTest {
 protected:
  struct Made {
    std::string id;
    std::map<std::string, std::string> secrets;
  };

  jsonapi::Json parameters_of(const catalogue::Type& type, const catalogue::Scheme& scheme,
                              std::map<std::string, std::string>& secrets) {
    const auto given = test::good_values(type, scheme);
    jsonapi::Json parameters = jsonapi::Json::object();
    for (const auto& [id, text] : given.values) {
      const auto* parameter = scheme.find_parameter(id);
      parameters[id] = text.reveal();
      if (parameter != nullptr && parameter->secret) secrets[id] = text.reveal();
      if (parameter != nullptr && parameter->options_from.kind == catalogue::OptionsFrom::Kind::kConnections) {
        parameters[id] = referred(parameter->options_from.of);
      }
    }
    return parameters;
  }

  // A connection of that type to point to, made once.
  std::string referred(const std::string& type_id) {
    auto& id = referred_[type_id];
    if (!id.empty()) return id;
    const auto* type = service->catalogue().find_type(type_id);
    const auto* scheme = type->find_scheme("service_principal_key");
    std::map<std::string, std::string> ignored;
    const auto made = world_->post(connections_path(), world_->ada.token,
                                   attributes({{"name", "referred " + type_id},
                                               {"connection-type", type_id},
                                               {"scheme", scheme->id},
                                               {"parameters", parameters_of(*type, *scheme, ignored)}}));
    EXPECT_EQ(made.status, 201) << made.body;
    return id = made.id();
  }

  static void expect_without(const auth::Reply& reply, const std::map<std::string, std::string>& secrets) {
    for (const auto& [id, text] : secrets) {
      const std::string quoted = jsonapi::dump(jsonapi::Json(text));
      EXPECT_EQ(reply.body.find(quoted.substr(1, quoted.size() - 2)), std::string::npos) << id;
    }
  }

  std::map<std::string, std::string> referred_;
};
INSTANTIATE_ON_BOTH_DATABASES(EveryConnectionType);

TEST_P(EveryConnectionType, LivesFromItsCreationToItsDeletion) {
  const auto workspace = make_workspace("prod");
  int number = 0;
  for (const auto& type : service->catalogue().types()) {
    for (const auto& scheme : type.schemes) {
      SCOPED_TRACE(type.id + " / " + scheme.id);
      const std::string name = "connection " + std::to_string(++number);
      std::map<std::string, std::string> secrets;
      const auto parameters = parameters_of(type, scheme, secrets);
      const auto made = world_->post(
          connections_path(), world_->ada.token,
          attributes(
              {{"name", name}, {"connection-type", type.id}, {"scheme", scheme.id}, {"parameters", parameters}}));
      ASSERT_EQ(made.status, 201) << made.body;
      expect_without(made, secrets);
      const auto path = path_of(made.id());

      const auto listed = world_->get(connections_path() + "?q=" + base::url_encode(name), world_->ada.token);
      EXPECT_GE(listed.json["data"].size(), 1U);
      expect_without(listed, secrets);
      const auto shown = world_->get(path, world_->ada.token);
      EXPECT_EQ(shown.text("connection-type"), type.id);
      EXPECT_EQ(shown.text("scheme"), scheme.id);
      EXPECT_EQ(shown.json["data"]["attributes"]["secrets-set"].size(), secrets.size());
      expect_without(shown, secrets);

      EXPECT_EQ(world_->patch(path, world_->ada.token, attributes({{"description", "changed"}})).status, 200);
      for (const auto& [id, text] : secrets) {
        const auto rotated = world_->patch(path, world_->ada.token, attributes({{"parameters", {{id, text}}}}));
        EXPECT_EQ(rotated.status, 200) << id << rotated.body;
        expect_without(rotated, secrets);
      }
      EXPECT_EQ(world_->post(path + "/actions/verify", world_->ada.token).text("result"), "ok");

      EXPECT_FALSE(service->open_for_run({"run-1", workspace, {name}}, "/run/private"));
      EXPECT_EQ(world_
                    ->post(path + "/relationships/authorized-workspaces", world_->ada.token,
                           identifiers("workspaces", {workspace}))
                    .status,
                204);
      const auto received = service->open_for_run({"run-1", workspace, {name}}, "/run/private");
      ASSERT_TRUE(received) << received.error().message;
      EXPECT_FALSE(received->materials.variables.empty() && received->materials.files.empty());

      EXPECT_EQ(world_->remove(path, world_->ada.token).status, 204);
      EXPECT_EQ(world_->get(path, world_->ada.token).status, 404);
    }
  }
  EXPECT_EQ(number, 63);
  const auto log = world_->get("/api/v2/organizations/acme/audit-events?page%5Bsize%5D=100", world_->ada.token);
  EXPECT_EQ(log.body.find("canary"), std::string::npos);
}

// What a thief could grep for: each line of a secret that is long enough to be one, and its Base64.
std::vector<std::string> needles_of(const std::string& secret) {
  std::vector<std::string> needles;
  for (const auto& line : base::split(secret, '\n')) {
    if (line.size() < 12 || line.starts_with("-----")) continue;
    needles.push_back(line);
    needles.push_back(base::to_base64(line));
  }
  return needles;
}

TEST_P(EveryConnectionType, T_X01_T_X07_T_X08_NoSecretIsInTheDatabaseTheLogTheAuditLogOrAnAnswer) {
  std::string seen;  // every answer and every line of the log
  const logging::Capture capture([&](std::string_view line) { seen.append(line).append("\n"); });
  logging::set_level(logging::Level::kDebug);
  std::vector<std::string> needles;
  std::string shown;  // values that are no secret in some type: the same certificate is public there
  const auto workspace = make_workspace("prod");
  int number = 0;
  for (const auto& type : service->catalogue().types()) {
    for (const auto& scheme : type.schemes) {
      SCOPED_TRACE(type.id + " / " + scheme.id);
      std::map<std::string, std::string> secrets;
      const auto parameters = parameters_of(type, scheme, secrets);
      for (const auto& [id, value] : parameters.items()) {
        if (!secrets.contains(id) && value.is_string()) shown += value.get<std::string>() + "\n";
      }
      for (const auto& [id, text] : secrets) {
        const auto more = needles_of(text);
        EXPECT_FALSE(more.empty()) << id;
        needles.insert(needles.end(), more.begin(), more.end());
      }
      const std::string name = "connection " + std::to_string(++number);
      const auto made = world_->post(connections_path(), world_->ada.token,
                                     attributes({{"name", name},
                                                 {"connection-type", type.id},
                                                 {"scheme", scheme.id},
                                                 {"allow-all-workspaces", true},
                                                 {"parameters", parameters}}));
      seen += made.body;
      // A name where a secret is due, and the secrets where they do not belong.
      jsonapi::Json wrong = parameters;
      for (const auto& [id, text] : secrets) wrong[id + "x"] = text;
      seen +=
          world_
              ->post(
                  connections_path(), world_->ada.token,
                  attributes(
                      {{"name", "wrong"}, {"connection-type", type.id}, {"scheme", scheme.id}, {"parameters", wrong}}))
              .body;
      seen += world_->get(path_of(made.id()), world_->ada.token).body;
      seen += world_->post(path_of(made.id()) + "/actions/verify", world_->ada.token).body;
      EXPECT_TRUE(service->open_for_run({"run-1", workspace, {name}}, "/run/private"));
    }
  }
  seen += world_->get(connections_path() + "?page%5Bsize%5D=100", world_->ada.token).body;
  seen += world_->get("/api/v2/organizations/acme/audit-events?page%5Bsize%5D=100", world_->ada.token).body;
  if (GetParam() == support::Backend::kSqlite) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(test_database().directory())) {
      if (file.is_regular_file()) seen += *base::read_file(file.path(), std::size_t{1} << 30U);
    }
  }
  std::erase_if(needles, [&](const std::string& needle) { return shown.find(needle) != std::string::npos; });
  EXPECT_GT(needles.size(), 60U);
  for (const auto& needle : needles) {
    EXPECT_EQ(seen.find(needle), std::string::npos) << needle.substr(0, 12) << "...";
  }
}

}  // namespace
}  // namespace connections

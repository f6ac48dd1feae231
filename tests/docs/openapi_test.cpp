// docs/openapi.yaml tells of every route of the server and of no other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "auth/permissions.h"
#include "base/strings.h"
#include "test_paths.h"

namespace {

using testing::Contains;
using testing::IsEmpty;

const std::set<std::string>& method_names() {
  static const std::set<std::string> kNames{"get", "post", "put", "patch", "delete"};
  return kNames;
}

YAML::Node description() { return YAML::LoadFile(RUNBRIDGE_SOURCE_DIR "/docs/openapi.yaml"); }

// "/teams/:team_id" → "/teams/{team_id}"
std::string template_of(std::string_view pattern) {
  std::vector<std::string> segments = base::split(pattern, '/');
  for (std::string& segment : segments) {
    if (segment.starts_with(':')) segment = "{" + segment.substr(1) + "}";
  }
  return base::join(segments, "/");
}

std::string key_of(const auth::Permission& permission) {
  return base::to_lower(http::method_name(permission.method)) + " " + template_of(permission.pattern);
}

struct Operation {
  std::string key;   // "get /api/v2/ping"
  std::string path;  // "/api/v2/ping"
  YAML::Node node, item;
};

std::vector<Operation> operations(const YAML::Node& root) {
  std::vector<Operation> found;
  for (const auto& path : root["paths"]) {
    for (const auto& entry : path.second) {
      const auto method = entry.first.as<std::string>();
      const auto name = path.first.as<std::string>();
      if (method_names().contains(method)) found.push_back({method + " " + name, name, entry.second, path.second});
    }
  }
  return found;
}

std::set<std::string> described_routes(const YAML::Node& root) {
  std::set<std::string> keys;
  for (const Operation& operation : operations(root)) keys.insert(operation.key);
  return keys;
}

std::vector<std::string> minus(const std::set<std::string>& all, const std::set<std::string>& without) {
  std::vector<std::string> rest;
  for (const std::string& one : all) {
    if (!without.contains(one)) rest.push_back(one);
  }
  return rest;
}

std::set<std::string> served_routes() {
  std::set<std::string> keys;
  for (const auth::Permission& permission : auth::permissions()) keys.insert(key_of(permission));
  return keys;
}

// The node that "#/components/schemas/Run" names; undefined if there is none.
YAML::Node resolve(const YAML::Node& root, const std::string& reference) {
  if (!reference.starts_with("#/")) return YAML::Node(YAML::NodeType::Undefined);
  YAML::Node node = root;  // reset() below binds it anew and leaves the root as it is
  for (const std::string& name : base::split(reference.substr(2), '/')) {
    if (!node.IsMap() || !node[name]) return YAML::Node(YAML::NodeType::Undefined);
    node.reset(node[name]);
  }
  return node;
}

void visit(const YAML::Node& node, const std::function<void(const YAML::Node&)>& look) {
  look(node);
  if (node.IsMap()) {
    for (const auto& entry : node) visit(entry.second, look);
  } else if (node.IsSequence()) {
    for (const auto& entry : node) visit(entry, look);
  }
}

std::set<std::string> references(const YAML::Node& root) {
  std::set<std::string> found;
  visit(root, [&](const YAML::Node& node) {
    if (node.IsMap() && node["$ref"]) found.insert(node["$ref"].as<std::string>());
  });
  return found;
}

TEST(OpenApi, IsVersionThreeAndNamesTheProduct) {
  const YAML::Node root = description();
  EXPECT_EQ(root["openapi"].as<std::string>(), "3.0.3");
  EXPECT_EQ(root["info"]["title"].as<std::string>(), "runbridge");
  EXPECT_FALSE(root["info"]["version"].as<std::string>().empty());
}

TEST(OpenApi, DescribesEveryRouteOfTheServer) {
  EXPECT_THAT(minus(served_routes(), described_routes(description())), IsEmpty());
}

TEST(OpenApi, DescribesNoRouteThatTheServerDoesNotHave) {
  EXPECT_THAT(minus(described_routes(description()), served_routes()), IsEmpty());
}

TEST(OpenApi, EveryOperationHasItsOwnIdASummaryATagAndASuccessfulAnswer) {
  const YAML::Node root = description();
  std::set<std::string> ids;
  for (const Operation& operation : operations(root)) {
    SCOPED_TRACE(operation.key);
    ASSERT_TRUE(operation.node["operationId"]);
    EXPECT_TRUE(ids.insert(operation.node["operationId"].as<std::string>()).second) << "the id is used twice";
    EXPECT_FALSE(operation.node["summary"].as<std::string>("").empty());
    EXPECT_TRUE(operation.node["tags"].IsSequence());
    std::vector<std::string> codes;
    for (const auto& response : operation.node["responses"]) codes.push_back(response.first.as<std::string>());
    EXPECT_THAT(codes, Contains(testing::AnyOf(testing::StartsWith("2"), "303")));
  }
}

TEST(OpenApi, EveryReferenceResolves) {
  const YAML::Node root = description();
  const auto all = references(root);
  EXPECT_GT(all.size(), 50U);
  for (const std::string& reference : all) EXPECT_TRUE(resolve(root, reference).IsDefined()) << reference;
}

TEST(OpenApi, EveryComponentIsUsed) {
  const YAML::Node root = description();
  const auto used = references(root);
  for (const char* group : {"schemas", "responses", "parameters"}) {
    for (const auto& entry : root["components"][group]) {
      const auto reference = std::string("#/components/") + group + "/" + entry.first.as<std::string>();
      EXPECT_TRUE(used.contains(reference)) << reference;
    }
  }
}

TEST(OpenApi, DeclaresEachParameterOfAPathAndNoOther) {
  for (const Operation& operation : operations(description())) {
    SCOPED_TRACE(operation.path);
    std::set<std::string> in_path;
    for (const std::string& segment : base::split(operation.path, '/')) {
      if (segment.starts_with('{')) in_path.insert(segment.substr(1, segment.size() - 2));
    }
    std::set<std::string> declared;
    for (const auto& parameter : operation.item["parameters"]) {
      if (parameter["in"].as<std::string>("") != "path") continue;
      declared.insert(parameter["name"].as<std::string>());
      EXPECT_TRUE(parameter["required"].as<bool>(false));
    }
    EXPECT_EQ(declared, in_path);
  }
}

// Routes without a token whose body or headers prove who is asking.
bool proves_by_itself(const auth::Permission& permission) {
  if (permission.method != http::Method::kPost) return false;
  return permission.pattern.starts_with("/webhooks/") || permission.pattern == "/api/v2/sessions" ||
         permission.pattern == "/api/v2/invitations/actions/accept";
}

TEST(OpenApi, OnlyPublicRoutesNeedNoToken) {
  const YAML::Node root = description();
  ASSERT_TRUE(root["security"].IsSequence() && root["security"].size() > 0);
  for (const auth::Permission& permission : auth::permissions()) {
    SCOPED_TRACE(key_of(permission));
    const std::string method = base::to_lower(http::method_name(permission.method));
    const YAML::Node operation = root["paths"][template_of(permission.pattern)][method];
    const bool needs_none = operation["security"].IsDefined() && operation["security"].size() == 0;
    EXPECT_EQ(needs_none, permission.scope == auth::Scope::kPublic);
    EXPECT_EQ(operation["responses"]["401"].IsDefined(), !needs_none || proves_by_itself(permission));
  }
}

}  // namespace

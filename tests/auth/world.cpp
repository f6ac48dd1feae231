#include "tests/auth/world.h"

#include <utility>

#include "auth/migrations.h"
#include "base/strings.h"

namespace auth {

using jsonapi::Json;

Json attributes(const Json& values) { return {{"data", {{"attributes", values}}}}; }

Json identifiers(const std::string& type, const std::vector<std::string>& ids) {
  Json list = Json::array();
  for (const std::string& id : ids) list.push_back({{"type", type}, {"id", id}});
  return {{"data", list}};
}

World::World(storage::Database& the_database) : database(the_database) {
  router.add(routes(service));
  router.add(setup_routes(bootstrap, [](int status) { return http::Response{.status = status}; }));
  register_owners(guard);
  router.set_filter(guard.filter());
  const auto secret = bootstrap.prepare({});
  EXPECT_TRUE(secret && *secret);
  const auto made = bootstrap.complete((*secret)->reveal(), {"ada", "ada@example.com", "acme"}, "setup");
  EXPECT_TRUE(made);
  ada = {made->user.id.str(), "ada", made->token.reveal()};
  eve = person("eve");
  EXPECT_EQ(post("/api/v2/organizations", eve.token, attributes({{"name", "evil"}, {"email", "e@evil.com"}})).status,
            201);
}

Reply World::send(http::Request request) {
  const std::size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  if (mark != std::string::npos) {
    for (const std::string& pair : base::split(request.target.substr(mark + 1), '&')) {
      const std::size_t equals = pair.find('=');
      request.query.emplace_back(
          base::url_decode(pair.substr(0, equals)).value_or(""),
          equals == std::string::npos ? "" : base::url_decode(pair.substr(equals + 1)).value_or(""));
    }
  }
  request.request_id = "req-test";
  const http::Response response = router.handle(request);
  Reply reply{response.status, response.headers, response.body, {}};
  if (auto json = jsonapi::parse(response.body)) reply.json = *std::move(json);
  return reply;
}

Reply World::call(http::Method method, const std::string& target, const std::string& token, const Json& body) {
  http::Request request;
  request.method = method;
  request.target = target;
  if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
  if (!body.is_null()) {
    request.headers.set("Content-Type", "application/vnd.api+json");
    request.body = jsonapi::dump(body);
  }
  return send(std::move(request));
}

World::Person World::person(const std::string& name) {
  Person made{.name = name};
  made.id =
      post("/api/v2/admin/users", ada.token, attributes({{"username", name}, {"email", name + "@example.com"}})).id();
  made.token = post("/api/v2/users/" + made.id + "/authentication-tokens", ada.token).text("token");
  EXPECT_FALSE(made.token.empty()) << name;
  return made;
}

World::Person World::member(const std::string& organization, const std::string& name, const Json& access) {
  Person made = person(name);
  const std::string token = organization == "acme" ? ada.token : eve.token;
  const std::string base = "/api/v2/organizations/" + organization;
  EXPECT_EQ(post(base + "/organization-memberships", token, attributes({{"email", name + "@example.com"}})).status,
            201);
  if (access.is_null()) return made;
  const Reply team = post(base + "/teams", token, attributes({{"name", name + "s"}, {"organization-access", access}}));
  EXPECT_EQ(team.status, 201) << team.body;
  EXPECT_EQ(post("/api/v2/teams/" + team.id() + "/relationships/users", token, identifiers("users", {name})).status,
            204);
  return made;
}

std::string World::membership(const std::string& organization, const Person& person) {
  const std::string token = organization == "acme" ? ada.token : eve.token;
  const Reply found = get("/api/v2/organizations/" + organization +
                              "/organization-memberships?filter%5Bemail%5D=" + person.name + "@example.com",
                          token);
  EXPECT_EQ(found.json["data"].size(), 1U) << found.body;
  return found.json["data"][0]["id"].get<std::string>();
}

std::string World::owners(const std::string& organization) {
  const std::string token = organization == "acme" ? ada.token : eve.token;
  const Reply found = get("/api/v2/organizations/" + organization + "/teams?filter%5Bnames%5D=owners", token);
  EXPECT_EQ(found.json["data"].size(), 1U) << found.body;
  return found.json["data"][0]["id"].get<std::string>();
}

void WorldTest::SetUp() {
  DatabaseTest::SetUp();
  if (IsSkipped()) return;
  const auto migrated = storage::migrate(database(), {migrations(), answer_migrations()});
  ASSERT_TRUE(migrated) << migrated.error().message << migrated.error().detail;
  world_ = std::make_unique<World>(database());
}

void WorldTest::TearDown() {
  world_.reset();  // has a thread that uses the database
  DatabaseTest::TearDown();
}

}  // namespace auth

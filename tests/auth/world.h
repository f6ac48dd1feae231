#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "auth/bootstrap.h"
#include "auth/guard.h"
#include "auth/routes.h"
#include "auth/service.h"
#include "base/clock.h"
#include "http/router.h"
#include "jsonapi/json.h"
#include "tests/support/database_test.h"

namespace auth {

class FakeClock final : public base::Clock {
 public:
  base::Time now() const override { return now_; }
  base::SteadyTime steady() const override { return base::SteadyTime(now_.time_since_epoch()); }
  void advance(base::Millis by) { now_ += by; }

 private:
  base::Time now_ = base::from_millis(1'770'000'000'000);
};

struct Reply {
  int status = 0;
  base::Headers headers;
  std::string body;
  jsonapi::Json json;  // null if the body is none

  std::string id() const { return jsonapi::get_text(json, "data.id"); }
  std::string text(const std::string& attribute) const {
    return jsonapi::get_text(json, "data.attributes." + attribute);
  }
};

// The access block as a whole over a database of its own: every call goes through router, guard, handler, service
// and store. "ada" is the site administrator and owner of "acme"; "eve" owns "evil" and is no administrator.
class World {
 public:
  explicit World(storage::Database& database);

  Reply call(http::Method method, const std::string& target, const std::string& token, const jsonapi::Json& body = {});
  Reply get(const std::string& target, const std::string& token) { return call(http::Method::kGet, target, token); }
  Reply post(const std::string& target, const std::string& token, const jsonapi::Json& body = {}) {
    return call(http::Method::kPost, target, token, body);
  }
  Reply patch(const std::string& target, const std::string& token, const jsonapi::Json& body) {
    return call(http::Method::kPatch, target, token, body);
  }
  Reply remove(const std::string& target, const std::string& token, const jsonapi::Json& body = {}) {
    return call(http::Method::kDelete, target, token, body);
  }
  Reply send(http::Request request);

  // A user with a token.
  struct Person {
    std::string id;
    std::string name;
    std::string token;
  };
  Person person(const std::string& name);
  // … who is in the organization, in a new team with this access (no team if it is null).
  Person member(const std::string& organization, const std::string& name, const jsonapi::Json& access = {});
  // The id of the membership, found by the user's e-mail address.
  std::string membership(const std::string& organization, const Person& person);
  std::string owners(const std::string& organization);

  FakeClock clock;
  storage::Database& database;
  Guard guard{database, clock};
  Service service{database, clock, guard.access()};
  Bootstrap bootstrap{database, clock, service};
  http::Router router;
  Person ada;
  Person eve;
};

jsonapi::Json attributes(const jsonapi::Json& values);  // {"data": {"attributes": …}}
jsonapi::Json identifiers(const std::string& type, const std::vector<std::string>& ids);

class WorldTest : public support::DatabaseTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::unique_ptr<World> world_;
};

}  // namespace auth

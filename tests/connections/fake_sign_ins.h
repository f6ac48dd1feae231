#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"
#include "net/http_client.h"

// The sign-in pages and token endpoints of GitHub, of a GitHub Enterprise Server and of Entra ID without a network, as
// strict as they are, with a diary of all they were asked.
class FakeSignIns final : public net::HttpClient {
 public:
  using Fields = std::map<std::string, std::string>;
  struct Entry {
    std::string method, url;
    Fields form;
    std::string authorization;
  };

  base::Result<net::ClientResponse> send(const net::Endpoint& endpoint, const net::ClientRequest& request) override;

  // A person accepts, or refuses, at the address where his browser was sent: the query that it comes back with.
  std::string accept(const std::string& authorization_url);
  static std::string refuse(const std::string& authorization_url, const std::string& description);
  static Fields query_of(const std::string& url);
  std::vector<Entry> asked(const std::string& part_of_url) const;

  std::string client_secret = "canary-client-secret";
  std::string token = "canary-access-token";
  jsonapi::Json token_answer;                        // instead of the right one
  std::vector<std::pair<int, jsonapi::Json>> polls;  // Entra's answers, one after another; the last stays
  std::optional<base::Error> away;                   // no answer at all
  std::vector<Entry> diary;

  static std::pair<int, jsonapi::Json> pending(const std::string& error);
  static std::pair<int, jsonapi::Json> signed_in(const std::string& refresh_token);

 private:
  struct Code {
    std::string client_id, redirect_uri, challenge;
  };
  std::pair<int, jsonapi::Json> answer(const Entry& entry);
  jsonapi::Json redeem(const Fields& form);
  std::pair<int, jsonapi::Json> poll();

  std::map<std::string, Code> codes_;
};

#pragma once

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "base/headers.h"

namespace http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete };

const char* method_name(Method method);  // "GET"

// A complete, checked request. Header values are as sent (never percent-decoded); path parameters and query values
// are decoded once. The headers hold X-Forwarded-…, Forwarded and X-Real-IP only if a trusted proxy sent them; Range is
// never there.
struct Request {
  Method method = Method::kGet;
  std::string target;                                      // as sent: "/api/v2/ping?x=1"
  std::string path;                                        // raw, without the query
  std::vector<std::pair<std::string, std::string>> query;  // in order, decoded; brackets in names decoded too
  base::Headers headers;
  std::string body;
  std::string peer;                           // address of the client, after trusted proxies; no port
  std::string request_id;                     // also in the log and in every error; set by the server
  std::map<std::string, std::string> params;  // ":name" segments of the route, decoded

  // The value of a path parameter of the matched route; asking for one the route lacks is a bug (throws).
  const std::string& param(const std::string& name) const { return params.at(name); }
  std::optional<std::string> query_value(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return std::nullopt;
  }

  // What a filter learned about the request (the principal, say), by type.
  template <class T>
  void attach(T value) {
    attachments_[std::type_index(typeid(T))] = std::make_shared<const T>(std::move(value));
  }
  template <class T>
  const T* attachment() const {
    const auto found = attachments_.find(std::type_index(typeid(T)));
    return found == attachments_.end() ? nullptr : static_cast<const T*>(found->second.get());
  }

 private:
  std::map<std::type_index, std::shared_ptr<const void>> attachments_;
};

struct Response;

// Where the answer of a request goes whose handler returned without one. Called at most once, from any thread, also
// after the server has gone; dropped without a call, it answers 503 by itself, so that no client waits for ever.
class Completion {
 public:
  // `give` is called once: with the answer, or with nothing if there will be none.
  using Give = std::function<void(std::optional<Response>)>;
  explicit Completion(Give give) : give_(std::move(give)) {}
  Completion(Completion&& other) noexcept : give_(std::exchange(other.give_, nullptr)) {}
  Completion& operator=(Completion&& other) noexcept {
    std::swap(give_, other.give_);
    return *this;
  }
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;
  ~Completion();

  void operator()(Response response);

 private:
  Give give_;
};

struct Response {
  int status = 200;
  base::Headers headers = {};
  std::string body = {};
  // Instead of `body`: the path of a regular file to send from its start, streamed without holding it in memory.
  // Removed when sent (or given up) if `remove_file` says so.
  std::string file = {};
  bool remove_file = false;
  // Instead of all of the above: the answer comes later, and the worker is free until then. Called at once, on the
  // worker, with where to send it; the request lives until the answer was given. Must not throw.
  std::function<void(Completion)> later = {};
};

using Handler = std::function<Response(const Request&)>;

}  // namespace http

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/database.h"

namespace storage {

// A transaction on the handle of one of the databases. A statement that failed spoils it: PostgreSQL refuses what
// follows, and so is it done here, before the server is asked and on SQLite too, so that code which works on one works
// on the other and the first failure is the one that counts. Belongs to the thread that runs the function.
template <class Handle, Dialect kDialect>
class HandleTransaction final : public Transaction {
 public:
  explicit HandleTransaction(Handle& handle) : handle_(handle) {}

  Dialect dialect() const override { return kDialect; }
  base::Result<Rows> query(std::string_view sql, std::span<const Value> parameters) override {
    if (failure_) return *failure_;
    return keep_failure(handle_.query(sql, parameters));
  }
  base::Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) override {
    if (failure_) return *failure_;
    return keep_failure(handle_.execute(sql, parameters));
  }
  void on_commit(std::function<void()> action) override { actions_.push_back(std::move(action)); }

  // Of the first statement that failed.
  const std::optional<base::Error>& failure() const { return failure_; }
  // What is to run once this is committed, in order.
  std::vector<std::function<void()>> take_actions() { return std::move(actions_); }

 private:
  template <class T>
  base::Result<T> keep_failure(base::Result<T> result) {
    if (!result) failure_ = result.error();
    return result;
  }

  Handle& handle_;
  std::optional<base::Error> failure_;
  std::vector<std::function<void()>> actions_;
};

}  // namespace storage

#include "probes/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <optional>

#include "base/strings.h"
#include "tests/probes/world.h"

namespace {

using probes_test::kPassword;
using probes_test::kToken;
using probes_test::Texts;
using probes_test::Try;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Accounts in a cluster whose credentials Azure gives out. The namespace tells the fake what is wrong.
class KubernetesAccount : public testing::Test {
 protected:
  void SetUp() override {
    directory_.emplace(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "account-"));
    auto options = probes_test::certificate_for("DNS:login.microsoftonline.com,DNS:management.azure.com,DNS:k8s.test");
    options["diary"] = (directory_->path() / "diary").string();
    service_ = std::make_unique<probes_test::Service>("cloud", options);
  }

  Try in(const std::string& name_space, const std::string& cluster = "prod", const std::string& secret = kPassword) {
    return Try("kubernetes", "azure_subscription",
               {{"azure_subscription", "az"},
                {"cluster", "subscriptions/x/managedClusters/" + cluster},
                {"namespace", name_space}})
        .at(*service_)
        .with_azure("service_principal_key", {{"scope_level", "Subscription"},
                                              {"subscription_id", "00000000-0000-0000-0000-00000000000a"},
                                              {"tenant_id", "t"},
                                              {"client_id", "app"},
                                              {"client_secret", secret}});
  }
  // "POST serviceaccounts 201", in order, since the last time.
  std::vector<std::string> diary() {
    std::ifstream file(directory_->path() / "diary");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      const auto words = base::split(line, ' ');
      const auto parts = base::split(words[1].substr(words[1].find("/namespaces/") + 12), '/');
      lines.push_back(words[0] + " " + parts[1] + " " + words[2]);
    }
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ += lines.size();
    return lines;
  }

 private:
  std::optional<base::TemporaryDirectory> directory_;
  std::unique_ptr<probes_test::Service> service_;
  std::size_t read_ = 0;
};

TEST_F(KubernetesAccount, IsMadeBoundAndRemoved) {
  const std::string name = probes::account_name("sc-AbCdEfGhIjKlMnOp");
  EXPECT_THAT(name, testing::MatchesRegex("runbridge-[0-9a-f]+"));
  EXPECT_EQ(name, probes::account_name("sc-AbCdEfGhIjKlMnOp"));
  EXPECT_NE(name, probes::account_name("sc-abcdefghijklmnop")) << "names in a cluster have no case";
  const auto made = in("web").make_account(name);
  ASSERT_TRUE(made.done) << made.problem;
  EXPECT_EQ(made.account.server, "https://k8s.test");
  EXPECT_EQ(made.account.token.reveal(), "token-of-" + name);
  EXPECT_EQ(made.account.authorities, "the authority\n");
  EXPECT_THAT(made.account.warnings, IsEmpty());
  EXPECT_THAT(diary(), ElementsAre("POST serviceaccounts 201", "POST rolebindings 201", "POST secrets 201"));
  // Again, as after an attempt whose end nobody saw: what is there is taken over.
  const auto again = in("web").make_account(name);
  ASSERT_TRUE(again.done) << again.problem;
  EXPECT_EQ(again.account.token.reveal(), "token-of-" + name);
  EXPECT_THAT(diary(), ElementsAre("POST serviceaccounts 409", "POST rolebindings 409", "POST secrets 409"));
  const auto gone = in("web").remove_account(name);
  EXPECT_THAT(gone.left, IsEmpty());
  EXPECT_EQ(gone.removed.size(), 3U);
  EXPECT_THAT(diary(), ElementsAre("DELETE secrets 200", "DELETE rolebindings 200", "DELETE serviceaccounts 200"));
  EXPECT_THAT(in("web").remove_account(name).left, IsEmpty()) << "what is gone need not be removed";
}

TEST_F(KubernetesAccount, WithoutRbacHasNoBindingAndAWarning) {
  const auto made = in("web", "open").make_account("runbridge-1");
  ASSERT_TRUE(made.done) << made.problem;
  EXPECT_THAT(made.account.warnings, ElementsAre(AllOf(HasSubstr("no RBAC"), HasSubstr("every namespace"))));
  EXPECT_THAT(diary(), ElementsAre("POST serviceaccounts 201", "POST secrets 201"));
}

TEST_F(KubernetesAccount, EachFailureIsToldAndLeavesNothingBehind) {
  struct Row {
    const char* what;
    Try tried;
    std::vector<std::string> words, written;
  };
  const std::vector<Row> table = {
      {"the namespace is missing", in("missing"), {"namespace missing", "not found"}, {"POST serviceaccounts 404"}},
      {"nothing is allowed",
       in("forbidden"),
       {"ServiceAccount forbidden/runbridge-1", "role bindings"},
       {"POST serviceaccounts 403"}},
      {"no binding is allowed",
       in("nobinding"),
       {"RoleBinding nobinding/runbridge-1", "cannot create"},
       {"POST serviceaccounts 201", "POST rolebindings 403", "DELETE serviceaccounts 200"}},
      {"no secret is allowed",
       in("nosecret"),
       {"Secret nosecret/runbridge-1"},
       {"POST serviceaccounts 201", "POST rolebindings 201", "POST secrets 403", "DELETE rolebindings 200",
        "DELETE serviceaccounts 200"}},
      {"the cluster cannot be reached", in("web", "faraway").only_from(6443, 1), {"k8s.test:6443"}, {}},
      {"the token never comes",
       in("tokenless").within(std::chrono::milliseconds(8'000)),
       {"puts no token into it"},
       {"POST serviceaccounts 201", "POST rolebindings 201", "POST secrets 201", "DELETE secrets 200",
        "DELETE rolebindings 200", "DELETE serviceaccounts 200"}},
      {"the cluster is not there", in("web", "gone"), {"managedClusters/gone"}, {}},
      {"Azure refuses", in("web", "prod", "another secret"), {"AADSTS7000215"}, {}},
      {"nobody answers", in("web").at_port(1), {"login.microsoftonline.com"}, {}},
      {"it is not allowed", in("web").without_allowance(), {"not allowed to call"}, {}},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.what);
    const auto made = row.tried.make_account("runbridge-1");
    EXPECT_FALSE(made.done);
    for (const auto& words : row.words) EXPECT_THAT(made.problem, HasSubstr(words));
    EXPECT_THAT(made.left, IsEmpty());
    EXPECT_EQ(diary(), row.written);
    for (const char* secret : {kPassword, kToken, "another secret", "token-of-"}) {
      EXPECT_THAT(made.problem, Not(HasSubstr(secret)));
    }
  }
}

TEST_F(KubernetesAccount, WhatMayHaveBeenMadeIsTakenBackToo) {
  const auto made = in("breaks").make_account("runbridge-1");
  EXPECT_FALSE(made.done);
  EXPECT_THAT(made.problem, HasSubstr("etcdserver: request timed out"));
  EXPECT_THAT(made.left, ElementsAre(HasSubstr("RoleBinding breaks/runbridge-1")));
  EXPECT_THAT(diary(), ElementsAre("POST serviceaccounts 201", "POST rolebindings 500", "DELETE rolebindings 500",
                                   "DELETE serviceaccounts 200"));
}

TEST_F(KubernetesAccount, WhatCannotBeRemovedIsReported) {
  ASSERT_TRUE(in("keeps").make_account("runbridge-1").done);
  const auto gone = in("keeps").remove_account("runbridge-1");
  ASSERT_EQ(gone.left.size(), 1U);
  EXPECT_THAT(gone.left[0],
              AllOf(HasSubstr("Secret keeps/runbridge-1"), HasSubstr("cannot delete"), Not(HasSubstr(kToken))));
  EXPECT_EQ(gone.removed.size(), 2U);
  const auto unreachable = in("web").at_port(1).remove_account("runbridge-1");
  EXPECT_EQ(unreachable.left.size(), 3U);
  EXPECT_THAT(unreachable.left,
              Contains(AllOf(HasSubstr("ServiceAccount web/runbridge-1"), HasSubstr("login.microsoftonline.com"))));
}

}  // namespace

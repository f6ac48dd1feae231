#include "vcs/paging.h"

#include <gtest/gtest.h>

#include "vcs/pasted_url.h"
#include "vcs/walk.h"

namespace {

TEST(Paging, TheNextLinkIsFoundAmongOthers) {
  EXPECT_EQ(vcs::next_link({{"Link", "<https://a/x?page=1>; rel=\"prev\", <https://a/x?page=3,4>; rel=\"next\""}}),
            "https://a/x?page=3,4");
  EXPECT_EQ(vcs::next_link({{"link", "<https://a/x>; title=\"a\"; rel=next"}}), "https://a/x");
  EXPECT_EQ(vcs::next_link({{"Link", "<https://a/x>; rel=\"last\""}}), "");
  EXPECT_EQ(vcs::next_link({{"Link", "garbage; rel=\"next\""}}), "");
  EXPECT_EQ(vcs::next_link({}), "");
}

TEST(Paging, T_S08_OnlyPagesBelowTheApiAreFollowed) {
  const std::string base = "https://ghe.corp/api/v3";
  EXPECT_EQ(*vcs::path_below(base, "https://ghe.corp/api/v3/user/repos?page=2"), "/user/repos?page=2");
  EXPECT_EQ(*vcs::path_below(base, "https://ghe.corp:443/api/v3/x"), "/x");
  EXPECT_EQ(*vcs::path_below(base, "/api/v3/x?a=b"), "/x?a=b");
  for (const char* url :
       {"https://evil.example/api/v3/x", "http://ghe.corp/api/v3/x", "https://ghe.corp:8443/api/v3/x",
        "https://ghe.corp/other", "https://ghe.corp/api/v33/x", "https://ghe.corp@evil.example/api/v3/x",
        "https://ghe.corp/api/v3/../../x", "//evil.example/api/v3/x", "x", ""}) {
    const auto path = vcs::path_below(base, url);
    ASSERT_FALSE(path) << url;
    EXPECT_EQ(path.error().code, base::Code::kUpstream);
  }
}

TEST(Paging, T_S09_ACircleIsFound) {
  const auto items = vcs::all_pages<int>("/1", [](const std::string& page) -> base::Result<vcs::Slice<int>> {
    return vcs::Slice<int>{{1}, page == "/1" ? "/2" : "/1"};
  });
  ASSERT_FALSE(items);
  EXPECT_NE(items.error().message.find("circle"), std::string::npos);
}

TEST(Paging, T_S09_AnEndlessListStopsAtTheCap) {
  int calls = 0;
  const auto items = vcs::all_pages<int>("/0", [&](const std::string&) -> base::Result<vcs::Slice<int>> {
    return vcs::Slice<int>{{}, "/" + std::to_string(++calls)};
  });
  EXPECT_FALSE(items);
  EXPECT_EQ(calls, 100);
}

TEST(Paging, ASearchReadsOnUntilSomethingIsFound) {
  int calls = 0;
  const auto fetch = [&](const std::string&) -> base::Result<vcs::Slice<int>> {
    ++calls;
    return vcs::Slice<int>{calls == 3 ? std::vector<int>{7} : std::vector<int>{}, "/" + std::to_string(calls)};
  };
  const auto slice = vcs::first_filled<int>("/0", fetch);
  EXPECT_EQ(slice->items, std::vector<int>{7});
  EXPECT_EQ(slice->next, "/3");
}

TEST(Paging, ForeignCursorsAreRefused) {
  EXPECT_EQ(*vcs::page_of_cursor("", "/first", "/x?"), "/first");
  EXPECT_EQ(*vcs::page_of_cursor("/x?page=2", "/first", "/x?"), "/x?page=2");
  EXPECT_FALSE(vcs::page_of_cursor("/y", "/first", "/x?"));
  EXPECT_FALSE(vcs::page_of_cursor("/x?/../y", "/first", "/x?"));
}

TEST(PastedUrl, CloneUrlsLoseUserInfoAndSpaces) {
  EXPECT_EQ(vcs::clean_clone_url("https://org@dev.azure.com/org/My Project/_git/a"),
            "https://dev.azure.com/org/My%20Project/_git/a");
  EXPECT_EQ(vcs::clean_clone_url("https://u:p@h/x"), "https://h/x");
  EXPECT_EQ(vcs::clean_clone_url("https://h/a@b"), "https://h/a@b");
  EXPECT_EQ(vcs::clean_clone_url("nonsense"), "");
}

TEST(PastedUrl, SshUrlsGetOneForm) {
  EXPECT_EQ(vcs::clean_ssh_url("git@github.com:acme/infra.git"), "ssh://git@github.com/acme/infra.git");
  EXPECT_EQ(vcs::clean_ssh_url("git@ssh.dev.azure.com:v3/org/My Project/r"),
            "ssh://git@ssh.dev.azure.com/v3/org/My%20Project/r");
  EXPECT_EQ(vcs::clean_ssh_url("ssh://ado.corp:22/tfs/C/P/_git/r"), "ssh://git@ado.corp:22/tfs/C/P/_git/r");
  EXPECT_EQ(vcs::clean_ssh_url("ssh://git@h:7999/K/r.git"), "ssh://git@h:7999/K/r.git");
  EXPECT_EQ(vcs::clean_ssh_url("https://h/x"), "");
  EXPECT_EQ(vcs::clean_ssh_url(""), "");
  EXPECT_EQ(vcs::clean_ssh_url("host:"), "");
}

TEST(PastedUrl, PastedTextBecomesParts) {
  const auto url = vcs::read_pasted_url("  https://me:pw@Ado.Corp:8443/tfs/My Coll/?x=1#y ", vcs::kHttpUrlPointer);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->text(), "https://ado.corp:8443/tfs/My%20Coll");
  EXPECT_EQ(url->segments, (std::vector<std::string>{"tfs", "My Coll"}));
  EXPECT_EQ(vcs::read_pasted_url("ghe.corp", vcs::kHttpUrlPointer)->text(), "https://ghe.corp");
}

TEST(PastedUrl, UnusableTextIsInvalidAndNeverShowsAPassword) {
  for (const char* text : {"", "ftp://h/x", "https://", "https://h/%zz", "https://h/../x", "https://me:hunter2@/x",
                           "javascript:alert(1)", "https://h\\x", "https://a b/"}) {
    const auto url = vcs::read_pasted_url(text, vcs::kHttpUrlPointer);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, base::Code::kInvalid);
    EXPECT_EQ(url.error().pointer, "/data/attributes/http-url");
    EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos);
  }
}

}  // namespace

//! Posts through their service.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Role;
use tonic::Code;

use super::*;

fn post(title: &str, authorised: u32) -> wire::Post {
    wire::Post {
        title: title.to_owned(),
        category: "general_management".into(),
        authorised,
        ..wire::Post::default()
    }
}

fn create_post(unit: &str, id: &str, post: wire::Post) -> wire::CreatePostRequest {
    wire::CreatePostRequest {
        parent: format!("units/{unit}"),
        post_id: id.to_owned(),
        post: Some(post),
        basis: basis(2021, 1, 1),
        request_id: request_id(),
        validate_only: false,
    }
}

fn update_post(name: &str, post: wire::Post) -> wire::UpdatePostRequest {
    wire::UpdatePostRequest {
        post: Some(wire::Post { name: name.to_owned(), ..post }),
        basis: basis(2022, 1, 1),
        request_id: request_id(),
        ..wire::UpdatePostRequest::default()
    }
}

impl World {
    async fn new_post(
        &self,
        who: &Principal,
        message: wire::CreatePostRequest,
    ) -> Result<wire::Post, Told> {
        let answer = answered(self.api.create_post(request(who, message)).await)?;
        self.house.settle().await;
        Ok(answer.post.unwrap())
    }

    async fn post_changes(
        &self,
        who: &Principal,
        message: wire::UpdatePostRequest,
    ) -> Result<wire::Post, Told> {
        let answer = answered(self.api.update_post(request(who, message)).await)?;
        self.house.settle().await;
        Ok(answer.post.unwrap())
    }

    async fn post(
        &self,
        who: &Principal,
        message: wire::GetPostRequest,
    ) -> Result<wire::Post, Told> {
        let min_position = self.house.head().await;
        let message = wire::GetPostRequest { min_position, ..message };
        Ok(answered(self.api.get_post(request(who, message)).await)?.post.unwrap())
    }

    async fn posts(
        &self,
        who: &Principal,
        parent: &str,
        filter: &str,
    ) -> Result<Vec<String>, Told> {
        let message = wire::ListPostsRequest {
            parent: parent.to_owned(),
            filter: filter.to_owned(),
            min_position: self.house.head().await,
            ..Default::default()
        };
        let answer = answered(self.api.list_posts(request(who, message)).await)?;
        Ok(answer.posts.into_iter().map(|post| post.name).collect())
    }
}

fn named(name: &str) -> wire::GetPostRequest {
    wire::GetPostRequest { name: name.to_owned(), ..wire::GetPostRequest::default() }
}

#[tokio::test]
async fn a_post_lives() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("甲局", "530102")).await;
    let chief = wire::Post {
        level: "L41".into(),
        leading_group_member: true,
        duties: "主持全面工作".into(),
        ..post("局长", 1)
    };
    let message = create_post("a", "chief", chief.clone());
    let made = world.new_post(&registrar(), message.clone()).await.unwrap();
    assert_eq!((made.name.as_str(), made.etag.as_str()), ("units/a/posts/chief", "v1"));
    assert_eq!(made.basis, basis(2021, 1, 1));
    assert_eq!(world.new_post(&registrar(), message).await.unwrap(), made, "a repetition");
    let found = world.post(&registrar(), named(&made.name)).await.unwrap();
    assert_eq!(found, wire::Post { basis: None, ..made.clone() });

    let before = world.house.head().await;
    let changed = wire::UpdatePostRequest {
        etag: "v1".into(),
        ..update_post(&made.name, wire::Post { title: "局长(主任)".into(), ..chief.clone() })
    };
    let changed = world.post_changes(&registrar(), changed).await.unwrap();
    assert_eq!((changed.title.as_str(), changed.etag.as_str()), ("局长(主任)", "v2"));
    let title = async |as_of, position: Option<u64>| {
        let message = wire::GetPostRequest {
            as_of,
            known_at: position.and_then(known_at),
            ..named("units/a/posts/chief")
        };
        world.post(&registrar(), message).await.unwrap().title
    };
    assert_eq!(title(None, None).await, "局长(主任)");
    assert_eq!(title(day(2021, 6, 1), None).await, "局长");
    assert_eq!(title(None, Some(before)).await, "局长");

    // The change was dated wrongly, and said too much.
    let corrected = wire::UpdatePostRequest {
        correction: true,
        reason: "录入有误".into(),
        basis: None,
        corrected_effective_on: day(2021, 3, 1),
        ..update_post("units/a/posts/chief", wire::Post { title: "主任".into(), ..chief.clone() })
    };
    world.post_changes(&registrar(), corrected).await.unwrap();
    assert_eq!(title(day(2021, 6, 1), None).await, "主任");
    assert_eq!(title(day(2021, 2, 1), None).await, "局长");

    let abolish = wire::UpdatePostRequest {
        abolish: true,
        basis: basis(2023, 1, 1),
        ..update_post("units/a/posts/chief", wire::Post::default())
    };
    let gone = world.post_changes(&registrar(), abolish.clone()).await.unwrap();
    assert_eq!(gone.abolished_on, day(2023, 1, 1));
    assert_eq!(world.posts(&registrar(), "units/a", "status = ABOLISHED").await.unwrap().len(), 1);
    let void = wire::UpdatePostRequest {
        correction: true,
        void_entry: true,
        reason: "误录".into(),
        basis: None,
        ..update_post("units/a/posts/chief", wire::Post::default())
    };
    let back = world.post_changes(&registrar(), void).await.unwrap();
    assert_eq!(back.abolished_on, None);
}

#[tokio::test]
async fn posts_beyond_the_establishment_are_told() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("甲局", "530102")).await;
    let within = world.new_post(&registrar(), create_post("a", "p1", post("科员", 20))).await;
    assert_eq!(within.unwrap().warnings, Vec::<String>::new());
    let beyond = world.new_post(&registrar(), create_post("a", "p2", post("副科长", 2))).await;
    let warnings =
        ["职位数 22 超过编制 20", "职位类别 general_management 的职位数 22 超过核定职位数 20"];
    assert_eq!(beyond.unwrap().warnings, warnings);
    assert_eq!(world.get(&registrar(), "a").await.unwrap().warnings, warnings);
    let found = world.post(&registrar(), named("units/a/posts/p1")).await.unwrap();
    assert_eq!(found.warnings, warnings);
    let fewer = update_post("units/a/posts/p1", post("科员", 18));
    assert!(world.post_changes(&registrar(), fewer).await.unwrap().warnings.is_empty());
}

#[tokio::test]
async fn posts_are_listed_where_their_unit_is() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("甲局", "530102")).await;
    world.unit("b", organ("乙局", "530103")).await;
    let chief = wire::Post { level: "L41".into(), leading_group_member: true, ..post("局长", 1) };
    for (unit, id, post) in [
        ("a", "chief", chief.clone()),
        ("a", "clerk", post("科员", 3)),
        ("b", "chief", chief),
        ("b", "judge", wire::Post { category: "judge".into(), ..post("审判", 1) }),
    ] {
        world.new_post(&registrar(), create_post(unit, id, post)).await.unwrap();
    }
    let here = within("here", Role::Viewer, "530102");
    let (a, b) = (
        ["units/a/posts/chief", "units/a/posts/clerk"],
        ["units/b/posts/chief", "units/b/posts/judge"],
    );
    let all = [a, b].concat();
    for (who, parent, filter, expected) in [
        (&registrar(), "units/-", "", &all[..]),
        (&registrar(), "units/-", "category = judge", &b[1..]),
        (&registrar(), "units/-", "level = L41", &[a[0], b[0]]),
        (&registrar(), "units/-", "leading_group_member = true", &[a[0], b[0]]),
        (&registrar(), "units/b", "", &[b[1], b[0]]),
        (&registrar(), "units/b", "leading_group_member = true", &b[..1]),
        (&here, "units/-", "", &a),
        (&here, "units/-", "status = ACTIVE", &a),
        (&here, "units/a", "category = general_management", &[a[0], a[1]]),
    ] {
        let found = world.posts(who, parent, filter).await.unwrap();
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names
        };
        let expected = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(sorted(found), sorted(expected), "{parent} {filter}");
    }
    let hidden = (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned());
    assert_eq!(refusal(world.posts(&here, "units/b", "").await), hidden);
    assert_eq!(refusal(world.post(&here, named(b[0])).await), hidden);
    // The unit moves; its posts go with it.
    let away = wire::UnitProfile { division: Some("530102".into()), ..Default::default() };
    world.update(&registrar(), update("b", away)).await.unwrap();
    assert_eq!(world.posts(&here, "units/-", "").await.unwrap().len(), 4);
    assert!(world.post(&here, named(b[0])).await.is_ok());
}

#[tokio::test]
async fn a_post_that_is_refused() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("甲局", "530102")).await;
    world.unit("far", organ("远局", "530103")).await;
    world.new_post(&registrar(), create_post("a", "p", post("科员", 3))).await.unwrap();
    let clerk = within("clerk", Role::Registrar, "530102");
    let (bad, rule) = (Code::InvalidArgument, Code::FailedPrecondition);
    for (index, (message, code, reason)) in [
        (create_post("a", "q", post("科员", 0)), bad, "INVALID_FIELD"),
        (create_post("a", "q", post("", 1)), bad, "INVALID_FIELD"),
        (
            create_post("a", "q", wire::Post { category: String::new(), ..post("科员", 1) }),
            bad,
            "INVALID_FIELD",
        ),
        (create_post("a", "p", post("科员", 1)), Code::AlreadyExists, "RESOURCE_EXISTS"),
        (create_post("none", "q", post("科员", 1)), Code::NotFound, "RESOURCE_NOT_FOUND"),
        (create_post("far", "q", post("科员", 1)), Code::PermissionDenied, "ACCESS_DENIED"),
        (
            wire::CreatePostRequest {
                basis: basis(2019, 1, 1),
                ..create_post("a", "q", post("科员", 1))
            },
            rule,
            "BEFORE_UNIT_EXISTED",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = refusal(world.new_post(&clerk, message).await);
        assert_eq!(refused, (code, reason.to_owned()), "case {index}");
    }
    let name = "units/a/posts/p";
    for (index, (message, code, reason)) in [
        (update_post(name, post("科员", 3)), bad, "INVALID_FIELD"),
        (update_post("units/a/posts/q", post("科员", 3)), Code::NotFound, "RESOURCE_NOT_FOUND"),
        (update_post("units/far/posts/q", post("科员", 3)), Code::NotFound, "RESOURCE_NOT_FOUND"),
        (
            wire::UpdatePostRequest { etag: "v7".into(), ..update_post(name, post("科员", 4)) },
            Code::Aborted,
            "ETAG_MISMATCH",
        ),
        (
            wire::UpdatePostRequest {
                basis: basis(2020, 6, 1),
                ..update_post(name, post("科员", 4))
            },
            rule,
            "WRONG_STATE",
        ),
        (
            wire::UpdatePostRequest { void_entry: true, ..update_post(name, post("科员", 4)) },
            bad,
            "INVALID_FIELD",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = refusal(world.post_changes(&clerk, message).await);
        assert_eq!(refused, (code, reason.to_owned()), "case {index}");
    }
}

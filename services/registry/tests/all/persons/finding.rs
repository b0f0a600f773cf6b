//! Finding somebody by name or identity number.

use quanheng_api::quanheng::registry::v1 as wire;

use super::*;

on_both!(whoever_is_registered_is_found, an_entry_that_leads_nowhere_is_passed_over);

async fn whoever_is_registered_is_found(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    world.person("p2", "u2", 2).await;
    // As people write them.
    assert_eq!(world.named(&full_name(1)).await, ["p1"]);
    assert_eq!(world.named(" 甄 样例乙").await, ["p1"]);
    assert_eq!(world.numbered(&number(1).to_lowercase()).await, ["p1"]);
    assert_eq!(world.numbered(&number(2)).await, ["p2"]);
    let both = |nr| wire::ListPersonsRequest {
        full_name: full_name(1),
        identity_number: number(nr),
        ..Default::default()
    };
    let found = world.list(&viewer(), both(1)).await.unwrap();
    assert_eq!((ids(&found.persons), found.total_size), (vec!["p1".to_owned()], 1));
    assert_eq!(found.persons[0], world.basic("p1").await);
    assert!(world.list(&viewer(), both(2)).await.unwrap().persons.is_empty());
    assert!(world.named("不存在").await.is_empty());
    let filtered = wire::ListPersonsRequest { filter: "erased = false".into(), ..both(1) };
    assert_eq!(world.list(&viewer(), filtered).await.unwrap_err().fields, ["filter"]);
}

async fn an_entry_that_leads_nowhere_is_passed_over(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    // Refused: the number is taken. Its name was indexed before.
    let mut refused = create("p2", "u1", 1);
    refused.person.as_mut().unwrap().private_profile.as_mut().unwrap().full_name = full_name(5);
    world.create(&registrar(), refused).await.unwrap_err();
    assert!(world.named(&full_name(5)).await.is_empty());
    assert_eq!(world.numbered(&number(1)).await, ["p1"]);
    // An old name that was not taken out.
    let keys = &world.house.realm.keys;
    keys.index_put(&[("name", &full_name(6), "persons/p1")]).await.unwrap();
    assert!(world.named(&full_name(6)).await.is_empty());
}

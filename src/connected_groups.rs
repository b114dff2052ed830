//! Things that belong together through others.

use std::collections::BTreeMap;

/// The connected groups of `n` things, each sorted, two members at least: union–find with path halving (R. E. Tarjan, J. van
/// Leeuwen, "Worst-case analysis of set union algorithms", 1984).
pub(crate) fn connected_groups(n: usize, pairs: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..n).collect();
    let find = |parents: &mut [usize], mut place: usize| {
        while parents[place] != place {
            parents[place] = parents[parents[place]];
            place = parents[place];
        }
        place
    };
    for (a, b) in pairs {
        let (a, b) = (find(&mut parents, a), find(&mut parents, b));
        // The first of a group stands for it.
        parents[a.max(b)] = a.min(b);
    }
    let mut groups = BTreeMap::<usize, Vec<usize>>::new();
    for place in 0..n {
        groups.entry(find(&mut parents, place)).or_default().push(place);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_what_pairs_connect() {
        let pairs = [(1, 2), (4, 5), (2, 6), (0, 0)];
        assert_eq!(connected_groups(7, pairs.into_iter()), [vec![1, 2, 6], vec![4, 5]]);
        assert!(connected_groups(3, std::iter::empty()).is_empty());
    }
}

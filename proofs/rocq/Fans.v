(** Simplicial cones cover the space if every wall of every cone has a cone on its other side. *)
From Coq Require Import Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums.
Import ListNotations.
Local Open Scope R_scope.

Section Fans.
Variable d : nat.
Definition form (l u : vector) : R := sum d (fun a => l a * u a).

Lemma form_line l u v t : form l (fun a => u a + t * v a) = form l u + t * form l v.
Proof. unfold form. rewrite <- sum_scal, <- sum_plus. apply sum_ext; intros; ring. Qed.
Lemma form_ext l u v : (forall a, (a < d)%nat -> u a = v a) -> form l u = form l v.
Proof. intros H. apply sum_ext. intros a Ha. now rewrite H. Qed.
Lemma form_combination n l (c : nat -> R) (u : nat -> vector) :
  form l (fun k => sum n (fun a => c a * u a k)) = sum n (fun a => c a * form l (u a)).
Proof.
  unfold form. rewrite (sum_ext d _ (fun k => sum n (fun a => c a * (l k * u a k)))).
  - rewrite sum_swap. apply sum_ext. intros a _. now rewrite sum_scal.
  - intros k _. rewrite <- sum_scal. apply sum_ext; intros; ring.
Qed.

(** ** Generic vectors *)
Definition nonzero (l : vector) : Prop := exists u, form l u <> 0.

Lemma line_avoids l u v : form l u <> 0 \/ form l v <> 0 ->
  eventually (fun t => form l (fun a => u a + t * v a) <> 0).
Proof.
  intros H. destruct (Req_dec (form l u) 0) as [E|E].
  - exists 1. split; [lra|]. intros t Ht. rewrite form_line, E, Rplus_0_l.
    apply Rmult_integral_contrapositive_currified; [lra | tauto].
  - assert (0 < Rabs (form l u)) by (now apply Rabs_pos_lt).
    apply (eventually_impl _ _ (eventually_small (form l v) _ H0)). intros t _ Ht E'.
    rewrite form_line in E'. replace (t * form l v) with (- form l u) in Ht by lra.
    rewrite Rabs_Ropp in Ht. lra.
Qed.
Lemma line_avoids_all (L : list vector) u v :
  (forall l, In l L -> form l u <> 0 \/ form l v <> 0) ->
  eventually (fun t => forall l, In l L -> form l (fun a => u a + t * v a) <> 0).
Proof.
  induction L as [|l0 L IH]; intros H.
  - exists 1. split; [lra|]. intros t _ l [].
  - pose proof (eventually_and _ _ (line_avoids l0 u v (H l0 (or_introl eq_refl)))
      (IH (fun l Hl => H l (or_intror Hl)))) as E.
    apply (eventually_impl _ _ E). intros t _ [A B] l [<-|Hl]; auto.
Qed.
Theorem generic_vector (L : list vector) : (forall l, In l L -> nonzero l) ->
  exists v, forall l, In l L -> form l v <> 0.
Proof.
  induction L as [|l0 L IH]; intros H.
  - exists (fun _ => 0). intros l [].
  - destruct IH as [v Hv]; [intros l Hl; apply H; now right|].
    destruct (H l0 (or_introl eq_refl)) as [u Hu].
    assert (E : forall l, In l (l0 :: L) -> form l v <> 0 \/ form l u <> 0)
      by (intros l [<-|Hl]; auto).
    destruct (eventually_some _ (line_avoids_all _ v u E)) as (t & _ & Ht).
    now exists (fun a => v a + t * u a).
Qed.

(** ** The fan *)
(** Cone i has the rays u i a, a < d; lam i a are the coordinates in its rays. *)
Variables (n : nat) (u lam : nat -> nat -> vector).
Record complete : Prop := {
  some_cone : (0 < n)%nat;
  dual_basis : forall i a b, (i < n)%nat -> (a < d)%nat -> (b < d)%nat ->
    form (lam i a) (u i b) = if Nat.eqb a b then 1 else 0;
  expansion : forall i w k, (i < n)%nat -> (k < d)%nat ->
    w k = sum d (fun a => form (lam i a) w * u i a k);
  (* the wall of cone i without ray a is that of cone j without ray b, which is on the other side *)
  walls : forall i a, (i < n)%nat -> (a < d)%nat -> exists j b, (j < n)%nat /\ (b < d)%nat /\
    (forall a', (a' < d)%nat -> a' <> a -> exists b', (b' < d)%nat /\ b' <> b /\ u i a' = u j b') /\
    (forall b', (b' < d)%nat -> b' <> b -> exists a', (a' < d)%nat /\ a' <> a /\ u j b' = u i a') /\
    form (lam i a) (u j b) < 0 }.
Hypothesis fan : complete.
Definition inside (i : nat) (w : vector) : Prop :=
  forall a, (a < d)%nat -> 0 <= form (lam i a) w.

Lemma coordinates_of i l w : (i < n)%nat ->
  form l w = sum d (fun a => form (lam i a) w * form l (u i a)).
Proof.
  intros Hi. rewrite <- form_combination. apply form_ext. intros k Hk. now apply expansion.
Qed.

(** All pairs of a cone and a place. *)
Definition places : list (nat * nat) := list_prod (seq 0 n) (seq 0 d).
Lemma in_places i a : In (i, a) places <-> (i < n)%nat /\ (a < d)%nat.
Proof. unfold places. rewrite in_prod_iff, !in_seq. lia. Qed.

Lemma finite_minimum (m : nat) (property : nat -> Prop) (f : nat -> R) :
  (forall a, {property a} + {~ property a}) -> (exists a, (a < m)%nat /\ property a) ->
  exists a, (a < m)%nat /\ property a /\ forall b, (b < m)%nat -> property b -> f a <= f b.
Proof.
  intros dec. induction m as [|m IH]; intros (a & Ha & Hp); [lia|].
  assert (D : (exists b, (b < m)%nat /\ property b) \/ ~ (exists b, (b < m)%nat /\ property b)).
  { clear - dec. induction m as [|m [IH|IH]].
    - right. intros (b & Hb & _). lia.
    - left. destruct IH as (b & Hb & H). exists b. auto.
    - destruct (dec m) as [H|H]; [left; exists m; auto|]. right. intros (b & Hb & Hb').
      destruct (Nat.eq_dec b m) as [->|]; [auto|]. apply IH. exists b. split; [lia | auto]. }
  destruct D as [D|D].
  - destruct (IH D) as (b & Hb & Hpb & Hmin). destruct (dec m) as [Hm|Hm].
    + destruct (Rle_dec (f b) (f m)) as [Hle|Hle].
      * exists b. split; [lia|]. split; auto. intros b' Hb' Hp'.
        destruct (Nat.eq_dec b' m) as [->|]; [auto|]. apply Hmin; auto; lia.
      * exists m. split; [lia|]. split; auto. intros b' Hb' Hp'.
        destruct (Nat.eq_dec b' m) as [->|]; [lra|].
        assert (f b <= f b') by (apply Hmin; auto; lia). lra.
    + exists b. split; [lia|]. split; auto. intros b' Hb' Hp'.
      destruct (Nat.eq_dec b' m) as [->|]; [contradiction|]. apply Hmin; auto; lia.
  - assert (Hall : forall b, (b < S m)%nat -> property b -> b = a).
    { intros b Hb Hpb. destruct (Nat.eq_dec b a) as [|Hne]; auto. exfalso. apply D.
      destruct (Nat.eq_dec b m) as [->|]; [exists a | exists b]; split; auto; lia. }
    exists a. split; auto. split; auto. intros b Hb Hpb. rewrite (Hall b Hb Hpb). lra.
Qed.

Section Segment.
Variables (u0 z : vector).
Notation A i a := (form (lam i a) u0).
Notation B i a := (form (lam i a) z).
Hypothesis start : forall a, (a < d)%nat -> 0 < A 0%nat a.
Hypothesis off_walls : forall i a, (i < n)%nat -> (a < d)%nat -> A i a <> 0.
Hypothesis off_edges : forall i a b, (i < n)%nat -> (a < d)%nat -> (b < d)%nat -> a <> b ->
  A i a * B i b - A i b * B i a <> 0.

Definition point (t : R) : vector := fun k => u0 k + t * (z k - u0 k).
Definition at_time (i a : nat) (t : R) : R := A i a + t * (B i a - A i a).
Lemma form_direction l : form l (fun k => z k - u0 k) = form l z - form l u0.
Proof. unfold form. rewrite <- sum_minus. apply sum_ext; intros; ring. Qed.
Lemma at_time_point i a t : form (lam i a) (point t) = at_time i a t.
Proof. unfold point, at_time. now rewrite form_line, form_direction. Qed.

Lemma one_wall i a b t : (i < n)%nat -> (a < d)%nat -> (b < d)%nat -> a <> b ->
  at_time i a t = 0 -> at_time i b t <> 0.
Proof.
  unfold at_time. intros Hi Ha Hb Hne Ea Eb.
  pose proof (off_edges i a b Hi Ha Hb Hne) as H. pose proof (off_walls i a Hi Ha) as H'.
  assert (E : t * (A i a * B i b - A i b * B i a) = 0).
  { transitivity (A i a * (A i b + t * (B i b - A i b)) - A i b * (A i a + t * (B i a - A i a)));
      [ring | rewrite Ea, Eb; ring]. }
  apply Rmult_integral in E as [->|]; [|contradiction]. lra.
Qed.

Definition root (ia : nat * nat) : R :=
  A (fst ia) (snd ia) / (A (fst ia) (snd ia) - B (fst ia) (snd ia)).
Definition later (t : R) : nat :=
  length (filter (fun ia => if Rlt_dec t (root ia) then true else false) places).
Lemma later_less ia t : In ia places -> t < root ia -> (later (root ia) < later t)%nat.
Proof.
  unfold later. intros Hin Ht. induction places as [|ib l IH]; [contradiction|]. simpl in *.
  assert (Hle : (length (filter (fun ia0 => if Rlt_dec (root ia) (root ia0) then true else false) l)
    <= length (filter (fun ia0 => if Rlt_dec t (root ia0) then true else false) l))%nat).
  { clear - Ht. induction l as [|ic l IH]; simpl; auto.
    destruct (Rlt_dec (root ia) (root ic)), (Rlt_dec t (root ic)); simpl; lra || lia. }
  destruct Hin as [->|Hin].
  - destruct (Rlt_dec (root ia) (root ia)); [lra|]. destruct (Rlt_dec t (root ia)); [|lra].
    simpl. lia.
  - specialize (IH Hin). destruct (Rlt_dec (root ia) (root ib)), (Rlt_dec t (root ib)); simpl; lra || lia.
Qed.

(** Just after the time t the segment is in cone i. *)
Definition enters (i : nat) (t : R) : Prop := forall a, (a < d)%nat ->
  0 <= at_time i a t /\ (at_time i a t = 0 -> 0 < B i a - A i a).

(** Through a wall into the next cone. *)
Lemma crossing i a t : (i < n)%nat -> (a < d)%nat -> at_time i a t = 0 -> B i a - A i a < 0 ->
  (forall b, (b < d)%nat -> 0 <= at_time i b t) -> exists j, (j < n)%nat /\ enters j t.
Proof.
  intros Hi Ha Hz Hdown Hin. destruct (walls fan i a Hi Ha) as (j & b & Hj & Hb & Hto & Hfrom & Hside).
  exists j. split; [exact Hj|].
  assert (E : forall b', (b' < d)%nat -> at_time j b' t =
    sum d (fun a' => at_time i a' t * form (lam j b') (u i a'))).
  { intros b' _. rewrite <- at_time_point, (coordinates_of i _ _ Hi). apply sum_ext. intros a' _.
    now rewrite at_time_point. }
  assert (Eb : at_time j b t = 0).
  { rewrite E by auto. apply sum_zero. intros a' Ha'. destruct (Nat.eq_dec a' a) as [->|Hne].
    - rewrite Hz. ring.
    - destruct (Hto a' Ha' Hne) as (b' & Hb' & Hne' & ->). rewrite (dual_basis fan) by auto.
      destruct (Nat.eqb_spec b b'); [congruence | ring]. }
  intros b' Hb'. destruct (Nat.eq_dec b' b) as [->|Hne].
  - split; [lra|]. intros _.
    assert (Es : B i a - A i a = (B j b - A j b) * form (lam i a) (u j b)).
    { rewrite <- !form_direction, (coordinates_of j _ _ Hj), (sum_single _ _ b Hb); [reflexivity|].
      intros b'' Hb'' Hne. destruct (Hfrom b'' Hb'' Hne) as (a' & Ha' & Hne' & ->).
      rewrite (dual_basis fan) by auto. destruct (Nat.eqb_spec a a'); [congruence | ring]. }
    nra.
  - assert (0 <= at_time j b' t).
    { rewrite E by auto. apply sum_ge0. intros a' Ha'. destruct (Nat.eq_dec a' a) as [->|Hne'].
      - rewrite Hz. lra.
      - apply Rmult_le_pos; [now apply Hin|].
        destruct (Hto a' Ha' Hne') as (b'' & Hb'' & _ & ->). rewrite (dual_basis fan) by auto.
        destruct (Nat.eqb b' b''); lra. }
    split; [assumption|]. intros E0. exfalso. exact (one_wall j b b' t Hj Hb Hb' (not_eq_sym Hne) Eb E0).
Qed.

Lemma walk fuel : forall i t, (i < n)%nat -> 0 <= t < 1 -> (later t < fuel)%nat -> enters i t ->
  exists j, (j < n)%nat /\ inside j z.
Proof.
  induction fuel as [|fuel IH]; intros i t Hi Ht Hfuel Hin; [lia|].
  set (leaves := fun a => B i a < 0).
  assert (Hdec : forall a, {leaves a} + {~ leaves a}) by (intros; apply Rlt_dec).
  assert (D : (exists a, (a < d)%nat /\ leaves a) \/ inside i z).
  { unfold inside, leaves. clear - d. induction d as [|m [(a & Ha & H)|IH]].
    - right. intros; lia.
    - left. exists a. split; [lia|exact H].
    - destruct (Rlt_dec (B i m) 0) as [H|H]; [left; exists m; split; [lia|exact H]|].
      right. intros a Ha. destruct (Nat.eq_dec a m) as [->|]; [lra|]. apply IH. lia. }
  destruct D as [D|D]; [|now exists i].
  destruct (finite_minimum d leaves (fun a => root (i, a)) Hdec D) as (a & Ha & Hl & Hmin).
  assert (Hroot : forall b, (b < d)%nat -> leaves b -> t < root (i, b) < 1
    /\ at_time i b (root (i, b)) = 0 /\ B i b - A i b < 0).
  { intros b Hb Hlb. unfold leaves in Hlb. destruct (Hin b Hb) as [H0 H1].
    unfold at_time, root in *. simpl in *.
    assert (Hd : B i b - A i b < 0).
    { destruct (Rlt_dec (B i b - A i b) 0) as [|Hn]; auto. exfalso.
      assert (0 <= (1 - t) * (B i b - A i b)) by (apply Rmult_le_pos; lra). lra. }
    assert (Hp : 0 < A i b + t * (B i b - A i b)).
    { destruct (Req_dec (A i b + t * (B i b - A i b)) 0) as [E|]; [specialize (H1 E)|]; lra. }
    set (q := A i b / (A i b - B i b)).
    assert (Hq : q * (A i b - B i b) = A i b) by (unfold q; field; lra).
    split; [|split; [lra|exact Hd]]. split; nra. }
  destruct (Hroot a Ha Hl) as (Hta & Hza & Hda). set (s := root (i, a)) in *.
  destruct (crossing i a s Hi Ha Hza Hda) as (j & Hj & Hent).
  - intros b Hb. destruct (Hdec b) as [Hlb|Hlb].
    + destruct (Hroot b Hb Hlb) as (_ & Hzb & Hdb). specialize (Hmin b Hb Hlb). unfold at_time in *. nra.
    + unfold leaves in Hlb. destruct (Hin b Hb) as [H0 _]. unfold at_time in *.
      assert (0 <= (1 - s) * (A i b + t * (B i b - A i b))) by (apply Rmult_le_pos; lra).
      assert (0 <= (s - t) * B i b) by (apply Rmult_le_pos; lra).
      apply (Rmult_le_reg_l (1 - t)); [lra|]. lra.
  - apply (IH j s Hj); auto; [lra|].
    assert (later s < later t)%nat; [|lia]. apply later_less; [now apply in_places | exact (proj1 Hta)].
Qed.

Lemma segment_covered : exists j, (j < n)%nat /\ inside j z.
Proof.
  apply (walk (S (later 0)) 0 0); [apply (some_cone fan) | lra | lia |]. intros a Ha.
  pose proof (start a Ha). unfold at_time. split; lra.
Qed.
End Segment.

Lemma lam_nonzero i a : (i < n)%nat -> (a < d)%nat -> nonzero (lam i a).
Proof. intros Hi Ha. exists (u i a). rewrite (dual_basis fan) by auto. rewrite Nat.eqb_refl. lra. Qed.

(** The cones contain every vector off finitely many hyperplanes. *)
Theorem cones_cover : exists L : list vector, (forall l, In l L -> nonzero l) /\
  forall z, (forall l, In l L -> form l z <> 0) -> exists i, (i < n)%nat /\ inside i z.
Proof.
  set (W := map (fun ia => lam (fst ia) (snd ia)) places).
  destruct (generic_vector W) as [v Hv].
  { intros l Hl. apply in_map_iff in Hl as ([i a] & <- & H). apply in_places in H as [Hi Ha].
    now apply lam_nonzero. }
  set (center := fun k => sum d (fun a => 1 * u 0%nat a k)).
  pose proof (some_cone fan) as Hn.
  assert (Hc : forall a, (a < d)%nat -> form (lam 0%nat a) center = 1).
  { intros a Ha. unfold center. rewrite form_combination, (sum_single _ _ a Ha).
    - rewrite (dual_basis fan) by auto. rewrite Nat.eqb_refl. ring.
    - intros b Hb Hne. rewrite (dual_basis fan) by auto. destruct (Nat.eqb_spec a b); [congruence | ring]. }
  destruct (eventually_some _ (eventually_and _ _
    (line_avoids_all W center v (fun l Hl => or_intror (Hv l Hl)))
    (eventually_all d _ (fun a _ => eventually_small (form (lam 0%nat a) v) 1 Rlt_0_1))))
    as (t & _ & Hoff & Hsmall).
  set (u0 := fun k => center k + t * v k) in *.
  assert (Hoff' : forall i a, (i < n)%nat -> (a < d)%nat -> form (lam i a) u0 <> 0).
  { intros i a Hi Ha. apply Hoff. apply in_map_iff. exists (i, a). split; auto. now apply in_places. }
  set (edge := fun i a b => fun k => form (lam i a) u0 * lam i b k - form (lam i b) u0 * lam i a k).
  assert (Eedge : forall i a b w, form (edge i a b) w =
    form (lam i a) u0 * form (lam i b) w - form (lam i b) u0 * form (lam i a) w).
  { intros. unfold edge, form. rewrite <- !sum_scal, <- sum_minus. apply sum_ext; intros; ring. }
  exists (map (fun iab => edge (fst (fst iab)) (snd (fst iab)) (snd iab))
            (filter (fun iab => negb (Nat.eqb (snd (fst iab)) (snd iab))) (list_prod places (seq 0 d)))).
  split.
  - intros l Hl. apply in_map_iff in Hl as ([[i a] b] & <- & H). simpl.
    apply filter_In in H as [H Hne]. apply in_prod_iff in H as [H Hb]. apply in_places in H as [Hi Ha].
    apply in_seq in Hb. simpl in Hne. apply negb_true_iff, Nat.eqb_neq in Hne.
    exists (u i a). rewrite Eedge, !(dual_basis fan) by (auto; lia). rewrite Nat.eqb_refl.
    destruct (Nat.eqb_spec b a); [congruence|].
    assert (form (lam i b) u0 <> 0) by (apply Hoff'; auto; lia). lra.
  - intros z Hz. apply (segment_covered u0 z).
    + intros a Ha. unfold u0. rewrite form_line, Hc by auto. specialize (Hsmall a Ha).
      apply Rabs_def2 in Hsmall. lra.
    + exact Hoff'.
    + intros i a b Hi Ha Hb Hne. rewrite <- Eedge. apply Hz. apply in_map_iff. exists (i, a, b).
      split; auto. apply filter_In. split.
      * apply in_prod_iff. split; [now apply in_places | apply in_seq; lia].
      * simpl. now apply negb_true_iff, Nat.eqb_neq.
Qed.
End Fans.
